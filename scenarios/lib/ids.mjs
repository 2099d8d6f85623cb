// A thing of every kind that an address can name, made for one person: what `/documents/{id}` and the like
// are filled with. A path that is not listed takes the id of the job. `admin` makes what only admins make; `origin` is the
// service's api.public_url.
import { PASSWORD } from './client.mjs'
import { Passkey } from './passkey.mjs'

export const idsOf = async (person, job, admin = null, origin = 'http://localhost') => {
  const made = async (path, json, by = person) => (await by.must(201, 'POST', path, { json })).body
  const session = (await person.must(200, 'GET', '/sessions')).body.items.find((s) => s.current).id
  const feed = await made('/feeds', { name: 'a calendar', password: PASSWORD })
  // Only where the service has an address that browsers would take one for.
  const creation = await person.call('POST', '/account/passkey-options', { json: { password: PASSWORD } })
  const passkey = creation.status === 200 ? await made('/account/passkeys', { name: 'a phone', credential: new Passkey(origin).create(creation.body) }) : null
  const byPrefix = {
    ...(passkey ? { '/account/passkeys': passkey.id } : {}),
    '/documents': job.document_id,
    '/sessions': session,
    '/tokens': (await made('/tokens', { name: 'a program', scopes: ['read'], password: PASSWORD })).key.id,
    '/feeds': feed.key.id,
    '/webhooks': (await made('/webhooks', { url: 'https://hooks.example.org/', events: ['document.done'], password: PASSWORD })).webhook.id,
    '/admin/users': person.user.id,
    ...(admin ? { '/admin/invitations': (await made('/admin/invitations', { email: `guest-of-${person.email}` }, admin)).key.id } : {}),
  }
  const idFor = (path) => byPrefix[Object.keys(byPrefix).find((prefix) => path.startsWith(`${prefix}/`))] ?? job.id
  const fill = (path, token = feed.path.split('/').pop()) =>
    path.replaceAll(/{([^}]+)}/g, (_, name) => (name === 'n' ? '1' : name === 'token' ? token : idFor(path)))
  return { all: [job.id, ...Object.values(byPrefix), feed.path], fill }
}
