// A rough meter, honest about what it can know: length first, then variety. The service has the last word.
export const strength = (password: string): 0 | 1 | 2 | 3 | 4 => {
  if (password.length < 10) return 0
  const different = new Set(password.toLowerCase()).size
  const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\d/, /[^\p{L}\d]/u].filter((k) => k.test(password)).length
  if (different < 5) return 1
  const score = password.length + kinds * 2 + Math.min(different, 12) / 2
  return score < 16 ? 1 : score < 21 ? 2 : score < 27 ? 3 : 4
}
