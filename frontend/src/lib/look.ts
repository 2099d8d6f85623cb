// A gentle look at a photo before it is sent: blurred, dark, cut off? Works on a small grey copy, so it
// costs some milliseconds. Never a refusal: the person decides.
export interface Grey { width: number; height: number; data: Uint8Array }
export type Concern = 'blurred' | 'dark' | 'cut'

export const SIDE = 640 // the long side of the grey copy

export const greyOf = (rgba: Uint8ClampedArray, width: number, height: number): Grey => {
  const data = new Uint8Array(width * height)
  for (let i = 0; i < data.length; i++) data[i] = (rgba[i * 4]! * 77 + rgba[i * 4 + 1]! * 150 + rgba[i * 4 + 2]! * 29) >> 8
  return { width, height, data }
}

// The brightness that nine tenths of the picture stay under: paper is the brightest large thing in it.
export const paperLevel = ({ data }: Grey): number => {
  const histogram = new Uint32Array(256)
  for (const v of data) histogram[v]!++
  for (let v = 255, seen = 0; v > 0; v--) if ((seen += histogram[v]!) >= data.length / 10) return v
  return 0
}

// How sharp the strokes are: the steepest steps between neighbours, against the picture's own contrast.
// A sharp step happens within one or two pixels; a blurred one takes many.
export const sharpness = ({ width, height, data }: Grey): number => {
  const steps = new Uint32Array(256)
  const wide = new Uint32Array(256)
  let n = 0
  for (let y = 0; y < height; y++)
    for (let x = 4; x < width - 4; x++) {
      const i = y * width + x
      steps[Math.abs(data[i + 1]! - data[i - 1]!)]!++
      wide[Math.abs(data[i + 4]! - data[i - 4]!)]!++
      n++
    }
  const top = (h: Uint32Array) => {
    for (let v = 255, seen = 0; v > 0; v--) if ((seen += h[v]!) >= n / 200) return v
    return 0
  }
  const contrast = top(wide)
  return contrast < 24 ? 1 : top(steps) / contrast // a blank page is not a blurred one
}

// Print that runs into the frame's edge: of each edge's outermost strip, how much is strokes.
export const cutEdges = ({ width, height, data }: Grey): number => {
  const strip = 3
  const limit = 48
  const side = (length: number, at: (along: number, deep: number) => number) => {
    let hits = 0
    for (let a = 2; a < length - 2; a++) {
      let hit = 0
      for (let d = 0; d < strip; d++) if (Math.abs(data[at(a + 1, d)]! - data[at(a - 1, d)]!) > limit) hit = 1
      hits += hit
    }
    return hits / length
  }
  return Math.max(
    side(width, (a, d) => d * width + a), side(width, (a, d) => (height - 1 - d) * width + a),
    side(height, (a, d) => a * width + d), side(height, (a, d) => a * width + width - 1 - d),
  )
}

export const concernsOf = (grey: Grey): Concern[] => {
  const found: Concern[] = []
  if (paperLevel(grey) < 80) found.push('dark')
  if (sharpness(grey) < 0.42) found.push('blurred')
  if (cutEdges(grey) > 0.22) found.push('cut')
  return found
}
