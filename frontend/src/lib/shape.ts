// Geometry of regions: polygons of 0..1 on a page, as an SVG overlay of its pixels wants them.
export const points = (polygon: readonly number[], width: number, height: number): string => {
  const out: string[] = []
  for (let i = 0; i + 1 < polygon.length; i += 2) out.push(`${(polygon[i]! * width).toFixed(1)},${(polygon[i + 1]! * height).toFixed(1)}`)
  return out.join(' ')
}
export interface Box { x: number; y: number; w: number; h: number }
export const boxOf = (polygon: readonly number[]): Box => {
  const xs = polygon.filter((_, i) => i % 2 === 0)
  const ys = polygon.filter((_, i) => i % 2 === 1)
  const [x, y] = [Math.min(...xs), Math.min(...ys)]
  return { x, y, w: Math.max(...xs) - x, h: Math.max(...ys) - y }
}
// A word's box, whichever way it is written: two corners or four.
export const wordBox = (b: readonly number[]): Box =>
  b.length >= 8 ? boxOf(b) : { x: b[0] ?? 0, y: b[1] ?? 0, w: (b[2] ?? 0) - (b[0] ?? 0), h: (b[3] ?? 0) - (b[1] ?? 0) }
