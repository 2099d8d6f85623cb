// Calls of the screen where programs are let in and told: keys, calendars, webhooks.
import { call } from './client'
import type { Delivery, Key, Scope, Webhook, WebhookEvent } from './types'

export const tokens = async () => (await call<{ items: Key[] }>('GET', '/tokens')).body.items
export const newToken = async (name: string, scopes: Scope[], expires_in_days: number | null, password: string) => (await call<{ token: string; key: Key }>('POST', '/tokens', { json: { name, scopes, expires_in_days, password } })).body
export const endToken = (id: string) => call<null>('DELETE', `/tokens/${id}`)

export const feeds = async () => (await call<{ items: Key[] }>('GET', '/feeds')).body.items
export const newFeed = async (name: string, password: string) => (await call<{ path: string; key: Key }>('POST', '/feeds', { json: { name, password } })).body
export const endFeed = (id: string) => call<null>('DELETE', `/feeds/${id}`)

export const webhooks = async () => (await call<{ items: Webhook[] }>('GET', '/webhooks')).body.items
export const newWebhook = async (url: string, events: WebhookEvent[], password: string) => (await call<{ secret: string; webhook: Webhook }>('POST', '/webhooks', { json: { url, events, password } })).body
export const endWebhook = (id: string) => call<null>('DELETE', `/webhooks/${id}`)
export const deliveries = async (id: string, cursor: string | null) => (await call<{ items: Delivery[]; next_cursor: string | null }>('GET', `/webhooks/${id}/deliveries?limit=20${cursor ? `&cursor=${cursor}` : ''}`)).body
export const redeliver = (id: string) => call<null>('POST', `/deliveries/${id}/redelivery`)
