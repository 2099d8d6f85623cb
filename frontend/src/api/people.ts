// Calls of those who run the service, and of whoever wants to know what was done.
import { call } from './client'
import type { AuditEntry, Invitation, Key, Member, User } from './types'

export interface Pages<T> { items: T[]; next_cursor: string | null }
const page = async <T>(path: string, cursor: string | null) => (await call<Pages<T>>('GET', `${path}?limit=50${cursor ? `&cursor=${cursor}` : ''}`)).body

export const members = (cursor: string | null) => page<Member>('/admin/users', cursor)
export const changeMember = async (id: string, change: { disabled?: boolean; role?: User['role']; password?: string }) => (await call<{ user: User; disabled: boolean }>('PATCH', `/admin/users/${id}`, { json: change })).body
export const invitations = (cursor: string | null) => page<Invitation>('/admin/invitations', cursor)
export const invite = async (email: string, note: string) => (await call<{ link: string; sent: boolean; key: Key }>('POST', '/admin/invitations', { json: { ...(email ? { email } : {}), ...(note ? { note } : {}) } })).body
export const endInvitation = (id: string) => call<null>('DELETE', `/admin/invitations/${id}`)
export const audit = (everybody: boolean, cursor: string | null) => page<AuditEntry>(everybody ? '/admin/audit' : '/audit', cursor)
