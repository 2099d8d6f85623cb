// What the parts of a screen show and do, without a service.
import { flushSync } from 'svelte'
import { expect, test, vi } from 'vitest'
import type { Field, Job, Result } from '../src/api/types'
import { Correcting } from '../src/lib/correct.svelte'
import { uploads } from '../src/lib/uploads.svelte'
import Fact from '../src/parts/Fact.svelte'
import Items from '../src/parts/Items.svelte'
import Oops from '../src/parts/Oops.svelte'
import Queue from '../src/parts/Queue.svelte'
import Review from '../src/parts/Review.svelte'
import Secret from '../src/parts/Secret.svelte'
import Timeline from '../src/parts/Timeline.svelte'
import { el, press, settle, show, speak, stage, tap, type } from './stage'

stage()

const money = (amount: string, more: Partial<Field> = {}): Field => ({ type: 'money', value: amount, normalized: { amount, minor: Math.round(Number(amount) * 100), exp: 2, currency: 'EUR' }, confidence: 0.71, band: 'medium', source: 'ml', regions: [], alternatives: [], ...more })
const result = (over: Partial<Result> = {}): Result => ({
  id: 'j', schema: 'docket.result/1', job_id: 'j', document_id: 'd', created_at: '', doc_type: { value: 'receipt', confidence: 1, alternatives: [] }, pages: [], fields: { total: money('17.17') },
  line_items: [{ n: 1, description: { value: 'Tea' }, amount: money('4.20') }, { n: 2, description: { value: 'Scones' }, amount: money('12.97') }], checks: [], review: { needed: true, reasons: [], fields: [] }, corrections: [], text: 'TEA\nTOTAL 17.17',
  model: { name: 'm', version: '1', sha256: '0'.repeat(64) }, ocr: null, diagnostics: {}, ...over,
} as Result)

const fact = (more: Record<string, unknown> = {}) => {
  const kept = vi.fn()
  const skipped = vi.fn()
  const draft = $state({ text: '17.17', currency: 'EUR' })
  show(Fact as never, { name: 'total', field: money('17.17', { alternatives: [{ value: '12.97', normalized: { amount: '12.97', minor: 1297, exp: 2, currency: 'EUR' }, confidence: 0.2 }], evidence: 'beside the word TOTAL' }),
    open: true, doubtful: true, corrected: false, busy: false, failure: null, currency: 'EUR', draft, region: null, onopen: () => {}, onkeep: kept, ongone: () => {}, onundo: () => {}, onskip: skipped, ...more })
  return { kept, skipped }
}
test('a value says how sure it is, why, and what else it might be', () => {
  fact()
  expect(el('li').textContent).toMatch(/Check.*71%/s)
  expect(el('.panel').textContent).toMatch(/12\.97.*20%/s)
  expect(el('.panel').textContent).toContain('beside the word TOTAL')
})
test('Enter keeps what was typed; a wrong amount stays, with the reason beside it', () => {
  const { kept } = fact()
  type('#edit-total', 'a lot')
  press('#edit-total', 'Enter')
  expect(kept).not.toHaveBeenCalled()
  expect(el('#wrong-total').textContent).toMatch(/digits/)
  expect(el('#edit-total').getAttribute('aria-invalid')).toBe('true')
  type('#edit-total', '1 234,5')
  press('#edit-total', 'Enter')
  expect(kept).toHaveBeenCalledWith({ text: '1 234,5', currency: 'EUR' })
})
test('Enter on a doubtful value that is right confirms it; on a sure one it only goes on', () => {
  const doubtful = fact()
  press('#edit-total', 'Enter')
  expect(doubtful.kept).toHaveBeenCalled()
  document.body.innerHTML = ''
  const sure = fact({ doubtful: false })
  press('#edit-total', 'Enter')
  expect(sure.kept).not.toHaveBeenCalled()
  expect(sure.skipped).toHaveBeenCalled()
})
test('what is missing can be said to be missing, and is not asked again', () => {
  const gone = vi.fn()
  fact({ field: undefined, draft: { text: '', currency: '' }, ongone: gone })
  tap('Not on this paper')
  expect(gone).toHaveBeenCalled()
})
test('a word of the service’s is chosen from those there are, in the reader’s language', () => {
  const code = (value: string): Field => ({ ...money('0'), type: 'code', value, normalized: value })
  fact({ name: 'category', field: code('fuel'), draft: { text: 'fuel', currency: '' } })
  expect(el<HTMLSelectElement>('#edit-category').selectedOptions[0]!.textContent).toBe('Fuel')
  document.body.innerHTML = ''
  fact({ name: 'payment_method', field: code('cheque'), draft: { text: 'cheque', currency: '' } })
  expect(el<HTMLSelectElement>('#edit-payment_method').value).toBe('cheque')
})
test('a runner-up is one tap away', () => {
  const { kept } = fact()
  el('.chip').click()
  flushSync()
  press('#edit-total', 'Enter')
  expect(kept).toHaveBeenCalledWith({ text: '12.97', currency: 'EUR' })
})

test('lines are summed while they are typed, and sent as what changed', async () => {
  const review = new Correcting(result(), '"1"')
  const sent: unknown[] = []
  vi.stubGlobal('fetch', async (_: string, init: { body: string; headers: Record<string, string> }) => { sent.push([init.headers['If-Match'], JSON.parse(init.body)]); return new Response(JSON.stringify(result()), { status: 200, headers: { ETag: '"2"' } }) })
  show(Items as never, { review })
  expect(el('[role=status]').textContent).toContain('Adds up')
  type('#item-1-amount', '13.00')
  type('#item-0-quantity', '2')
  expect(el('[role=status]').textContent).toMatch(/Off by €0\.03|Adds up/)
  type('#item-1-amount', '15.00')
  expect(el('[role=status]').textContent).toContain('Off by €2.03')
  el<HTMLButtonElement>('.button.main').click()
  await vi.waitFor(() => expect(sent).toEqual([['"1"', { line_items: [{ of: 1, quantity: 2 }, { of: 2, amount: { amount: '15.00', currency: 'EUR' } }] }]]))
})
test('units and tax rates stand there where a paper has them, and rows before tax add up', () => {
  const rows = [{ n: 1, description: { value: 'Turf' }, quantity: { normalized: 3 }, unit: { value: 'm²', normalized: 'm²' }, amount: money('15.00'), tax_rate: { value: '19 %', normalized: 19 } }, { n: 2, description: { value: 'Post' }, amount: money('5.00') }]
  const fields = { total: money('23.80'), tax: money('3.80') } as Result['fields']
  show(Items as never, { review: new Correcting(result({ fields, line_items: rows as never }), '"1"') })
  expect(el<HTMLInputElement>('#item-0-unit').value).toBe('m²')
  expect(el<HTMLInputElement>('#item-0-tax_rate').value).toBe('19')
  expect(el<HTMLInputElement>('#item-1-unit').value).toBe('')
  expect(el('[role=status]').textContent).toContain('Adds up')
})
test('units and tax rates take no room where a paper has none', () => {
  show(Items as never, { review: new Correcting(result(), '"1"') })
  expect(document.querySelector('#item-0-unit, #item-0-tax_rate')).toBeNull()
})
// A service that answers each change with a version of its own, when it is told to.
const changing = (answer: (body: Record<string, never>) => Partial<Result> = () => ({})) => {
  const sent: [string, unknown][] = []
  vi.stubGlobal('fetch', async (_: string, init: { body: string; headers: Record<string, string> }) => {
    const body = JSON.parse(init.body)
    sent.push([init.headers['If-Match']!, body])
    await new Promise((resolve) => setTimeout(resolve))
    return new Response(JSON.stringify(result(answer(body))), { status: 200, headers: { ETag: `"${sent.length + 1}"` } })
  })
  return sent
}
test('lines that are being put right outlive another value that is saved, and leaving saves them', async () => {
  const sent = changing(() => ({ fields: { total: money('18.00', { source: 'user' }) } as Result['fields'] }))
  const review = new Correcting(result(), '"1"')
  const leave = show(Items as never, { review })
  type('#item-0-description', 'Green tea')
  await review.set('total', { text: '18', currency: 'EUR' }, null)
  flushSync()
  expect(el<HTMLInputElement>('#item-0-description').value).toBe('Green tea')
  leave()
  await vi.waitFor(() => expect(sent[1]).toEqual(['"2"', { line_items: [{ of: 1, description: 'Green tea' }, { of: 2 }] }]))
})
test('what was typed is kept by who goes to another value, or leaves, without a word', async () => {
  const sent = changing()
  const two = { total: money('17.17'), subtotal: money('15.00') } as Result['fields']
  const leave = show(Review as never, { review: new Correcting(result({ fields: two }), '"1"') })
  el('#field-total').click()
  await settle()
  type('#edit-total', '18,20')
  el('#field-subtotal').click()
  await settle()
  type('#edit-subtotal', '16')
  leave()
  const amount = (value: string) => ({ value: { amount: value, currency: 'EUR' } })
  await vi.waitFor(() => expect(sent).toEqual([['"1"', { fields: { total: amount('18.20') } }], ['"2"', { fields: { subtotal: amount('16') } }]]))
})
test('what was typed and is no amount, or taken back by Escape, is not sent', async () => {
  const sent = changing()
  const leave = show(Review as never, { review: new Correcting(result(), '"1"') })
  el('#field-total').click()
  await settle()
  type('#edit-total', 'a lot')
  el('#field-total').click()
  await settle()
  el('#field-total').click()
  await settle()
  type('#edit-total', '18')
  press('#edit-total', 'Escape')
  leave()
  await settle()
  expect(sent).toEqual([])
})
test('a change that came too late shows the newest instead', async () => {
  const fresh = result({ fields: { total: money('99.00', { source: 'user' }) } as Result['fields'] })
  vi.stubGlobal('fetch', async (_: string, init: { method: string }) =>
    init.method === 'PATCH' ? new Response(JSON.stringify({ code: 'precondition_failed' }), { status: 412 }) : new Response(JSON.stringify(fresh), { status: 200, headers: { ETag: '"9"' } }))
  const review = new Correcting(result(), '"1"')
  expect(await review.set('total', { text: '18', currency: 'EUR' }, null)).toBe(false)
  expect(review.stale).toBe(true)
  expect(review.result.fields.total!.value).toBe('99.00')
})
test('the way back leads to the value that stood there', async () => {
  const bodies: unknown[] = []
  vi.stubGlobal('fetch', async (_: string, init: { body: string }) => { bodies.push(JSON.parse(init.body)); return new Response(JSON.stringify(result()), { status: 200, headers: { ETag: '"2"' } }) })
  await new Correcting(result(), '"1"').wayBack('total')()
  await new Correcting(result({ corrections: [{ path: 'total' }] } as never), '"1"').wayBack('total')()
  expect(bodies).toEqual([{ undo: ['total'] }, { fields: { total: { value: { amount: '17.17', currency: 'EUR' } } } }])
})
test('what is usual and missing is asked for', () => {
  show(Review as never, { review: new Correcting(result({ fields: {} as Result['fields'], review: { needed: true, reasons: ['missing_field'], fields: ['date'] } }), '"1"') })
  expect(el('#field-date').textContent).toContain('Not found')
  expect(document.body.textContent).toContain('1 value to check')
})
test('the text is searched, and hits are marked', () => {
  show(Review as never, { review: new Correcting(result(), '"1"') })
  type('#find-text', 'total')
  expect([...document.querySelectorAll('mark')].map((k) => k.textContent)).toEqual(['TOTAL'])
})

const job = (over: Partial<Job>): Job => ({ id: 'j', status: 'processing', stage: 'parsing', progress: { done: 1, total: 5, unit: 'page' }, attempt: 1, max_attempts: 3, created_at: '', started_at: null, finished_at: null, next_retry_at: null, document_id: 'd', result_id: null, file: { name: 'a', media_type: '', size: 1 }, error: null, version: 1, links: { self: '', result: null, document: '', original: '' }, ...over } as Job)
test('reading is told by the page', () => {
  show(Timeline as never, { job: job({}) })
  expect(el('.said').textContent).toBe('Reading page 2 of 5')
  expect(el('[role=progressbar]').getAttribute('aria-valuenow')).toBe('1')
})
test('what failed does not pretend to have gone further', () => {
  show(Timeline as never, { job: job({ status: 'failed', stage: 'finished' }) })
  expect(document.querySelectorAll('li')).toHaveLength(3)
  expect(el('.bad').textContent).toContain('could not be read')
})
test('a failure nobody knows still has words, and the number of its request', () => {
  show(Oops as never, { error: { code: 'never_heard_of', requestId: 'r-1' } })
  expect(el('[role=alert]').textContent).toMatch(/Something went wrong.*r-1/s)
})
test('who is held back is told for how long', () => {
  show(Oops as never, { error: { code: 'rate_limited', retryAfter: 40 } })
  expect(el('[role=alert]').textContent).toContain('In 40 seconds')
  document.body.innerHTML = ''
  show(Oops as never, { error: { code: 'rate_limited', retryAfter: 600 } })
  expect(el('[role=alert]').textContent).toContain('In 10 minutes')
  document.body.innerHTML = ''
  show(Oops as never, { error: { code: 'busy', retryAfter: 40 } })
  expect(el('[role=alert]').textContent).not.toContain('40')
})
test('the figure that the service adds is said in the language of who reads it', async () => {
  for (const [locale, words] of [['ru', 'Не больше 21 МБ.'], ['en', 'At most 21 MB.']] as const) {
    speak(locale)
    const leave = show(Oops as never, { error: { code: 'file_too_large', detail: 'at most 20971520 bytes' } })
    await vi.waitFor(() => { flushSync(); expect(el('[role=alert]').textContent).toContain(words) })
    expect(el('[role=alert]').textContent).not.toContain('bytes')
    leave()
  }
})
test('a password is hidden until it is asked for', () => {
  show(Secret as never, { id: 'p', label: 'Password', value: '', fresh: true })
  type('#p', 'seven brown teapots 41')
  expect(el<HTMLInputElement>('#p').type).toBe('password')
  expect(el('[role=meter]').getAttribute('aria-valuetext')).toBe('Strong')
  el<HTMLButtonElement>('.secret button').click()
  flushSync()
  expect(el<HTMLInputElement>('#p').type).toBe('text')
})

const waiting = { key: 'k', owner: 'ann', name: 'a.jpg', type: 'image/jpeg', blob: new Blob(['a']), added: 1, state: 'waiting', jobId: null, error: null, detail: '', attempts: 0 } as const
test('the queue says which photo the service could not take, and that it goes again by itself', () => {
  uploads.rows = [{ ...waiting, error: 'busy', attempts: 1, after: Date.now() + 1000 }, { ...waiting, key: 'l', name: 'b.jpg' }]
  show(Queue as never)
  const [held, other] = [...document.querySelectorAll('li')].map((li) => li.textContent)
  expect(held).toMatch(/a\.jpg.*Again soon.*The service is busy.*tried again by itself/s)
  expect(other).toMatch(/b\.jpg.*Waiting/s)
  expect(other).not.toMatch(/busy/)
  uploads.rows = []
})
test('what no try will change is not offered to be sent again, and what is not on its way is not said to be', () => {
  uploads.rows = [{ ...waiting, state: 'refused', name: 'song.mp3', error: 'unsupported_type' }, { ...waiting, key: 'l', state: 'refused', error: 'quota_exceeded' }]
  show(Queue as never)
  expect(el('h2').textContent).toBe('Not sent')
  const offered = () => [...document.querySelectorAll('li')].map((li) => [...li.querySelectorAll('button')].map((b) => b.textContent))
  expect(offered()).toEqual([['Remove'], ['Send again', 'Remove']])
  uploads.rows = [...uploads.rows, { ...waiting, key: 'm', name: 'b.jpg' }]
  flushSync()
  expect(el('h2').textContent).toBe('On the way')
  uploads.rows = []
})
test('what was shared from elsewhere is asked about before it goes anywhere', () => {
  uploads.rows = [{ ...waiting, state: 'shared' }]
  const go = vi.spyOn(uploads, 'letGo').mockResolvedValue()
  show(Queue as never)
  expect(document.querySelector('[role=progressbar]')).toBeNull()
  expect(el('.shared').textContent).toMatch(/a\.jpg.*1 B/s)
  tap('Send')
  expect(go).toHaveBeenCalled()
  uploads.rows = []
})
