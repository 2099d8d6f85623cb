// How much of one's room is used.
import { call } from './client'
import type { Usage } from './types'

export const usage = async () => (await call<Usage>('GET', '/account/usage')).body
