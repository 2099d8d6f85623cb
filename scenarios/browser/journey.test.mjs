// One person in a real browser: signs up, drops a receipt, watches it being read, sees what it says
// and where; a reload in the middle and one at the end change nothing.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { chromium } from 'playwright-core'
import { PASSWORD } from '../lib/client.mjs'
import { realReceipts, root, serviceFor } from '../lib/service.mjs'

let browser
const service = serviceFor({ before, after }, {}, async (service) => { browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] }) })
const shots = join(root, 'build/test-logs/browser')
mkdirSync(shots, { recursive: true })
after(async () => { await browser?.close() })
