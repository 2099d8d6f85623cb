// What was found, as one line of about `room` letters in which the first hit is to be seen.
export interface Piece { text: string; hit: boolean }

export const excerpt = (pieces: readonly Piece[], room: number): Piece[] => {
  const first = pieces.findIndex((p) => p.hit)
  let lead = pieces.slice(0, Math.max(0, first)).map((p) => p.text).join('')
  const most = Math.floor(room / 3)
  if (lead.length > most) lead = `…${lead.slice(-most).replace(/^\S*\s+/, '')}`
  const out: Piece[] = []
  let left = room
  for (const p of [{ text: lead, hit: false }, ...pieces.slice(Math.max(0, first))]) {
    if (!p.text || left <= 0) continue
    const text = p.text.length > left ? `${p.text.slice(0, left - 1)}…` : p.text
    left -= text.length
    out.push({ text, hit: p.hit })
  }
  return out
}
