// Passkeys in the browser: what the service sends becomes what WebAuthn takes, and back. By hand, as the
// browser's own parse...FromJSON() and toJSON() are younger than the phones people have.
import { ApiError } from '../api/client'

export interface CreationOptions { rp: { id: string; name: string }; user: { id: string; name: string; displayName: string }; challenge: string; pubKeyCredParams: { type: 'public-key'; alg: number }[]; timeout: number; attestation: 'none'; authenticatorSelection: { residentKey: 'required'; requireResidentKey: true; userVerification: 'required' }; excludeCredentials: { type: 'public-key'; id: string }[] }
export interface RequestOptions { challenge: string; rpId: string; timeout: number; userVerification: 'required'; allowCredentials: [] }

export const passkeysHere = () => typeof PublicKeyCredential === 'function'

export const bytesOf = (text: string) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
export const textOf = (bytes: ArrayBuffer) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')

// null: the person thought better of it. Everything else that goes wrong is a refused passkey.
const ask = async (question: () => Promise<Credential | null>): Promise<PublicKeyCredential | null> => {
  try {
    return (await question()) as PublicKeyCredential | null
  } catch (error) {
    const name = error instanceof DOMException ? error.name : ''
    if (name === 'NotAllowedError' || name === 'AbortError') return null
    throw new ApiError(name === 'InvalidStateError' ? 'conflict' : 'passkey_refused', 0)
  }
}

export const makePasskey = async (o: CreationOptions) => {
  const made = await ask(() => navigator.credentials.create({ publicKey: { ...o, challenge: bytesOf(o.challenge), user: { ...o.user, id: bytesOf(o.user.id) }, excludeCredentials: o.excludeCredentials.map((c) => ({ ...c, id: bytesOf(c.id) })) } }))
  if (!made) return null
  const response = made.response as AuthenticatorAttestationResponse
  return { id: made.id, type: made.type, response: { clientDataJSON: textOf(response.clientDataJSON), authenticatorData: textOf(response.getAuthenticatorData()) } }
}

export const usePasskey = async (o: RequestOptions) => {
  const used = await ask(() => navigator.credentials.get({ publicKey: { ...o, challenge: bytesOf(o.challenge) } }))
  if (!used) return null
  const r = used.response as AuthenticatorAssertionResponse
  return { id: used.id, type: used.type, response: { clientDataJSON: textOf(r.clientDataJSON), authenticatorData: textOf(r.authenticatorData), signature: textOf(r.signature), userHandle: textOf(r.userHandle ?? new ArrayBuffer(0)) } }
}
