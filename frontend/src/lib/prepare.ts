// From what the camera or the file picker gave to what is sent: pictures over 4000 px made smaller
// (upright, as the eye sees them), the rest untouched; and a look at each.
import { type Concern, SIDE, concernsOf, greyOf } from './look'

export const MAX_SIDE = 4000
export interface Shot { blob: Blob; name: string; concerns: Concern[]; width: number; height: number }

const draw = (bitmap: ImageBitmap | HTMLVideoElement, width: number, height: number) => {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (!context) throw new Error('no canvas')
  context.imageSmoothingQuality = 'high'
  context.drawImage(bitmap, 0, 0, width, height)
  return { canvas, context }
}

export const fit = (width: number, height: number, side: number) => {
  const scale = Math.min(1, side / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

export const toJpeg = (canvas: HTMLCanvasElement) =>
  new Promise<Blob>((resolve, reject) => canvas.toBlob((b) => (b ? resolve(b) : reject(new Error('no picture'))), 'image/jpeg', 0.9))

// What the camera sees just now, looked at as a photo would be.
export const concernsNow = (video: HTMLVideoElement): Concern[] => {
  const { width, height } = fit(video.videoWidth, video.videoHeight, SIDE)
  return concernsOf(greyOf(draw(video, width, height).context.getImageData(0, 0, width, height).data, width, height))
}
// What it sees, as large as it gives it.
export const still = (video: HTMLVideoElement): Promise<Blob> => toJpeg(draw(video, video.videoWidth, video.videoHeight).canvas)

export const prepare = async (file: File): Promise<Shot> => {
  const plain: Shot = { blob: file, name: file.name || 'photo.jpg', concerns: [], width: 0, height: 0 }
  if (!file.type.startsWith('image/') || file.type === 'image/tiff') return plain
  let bitmap: ImageBitmap
  // A picture that this browser cannot open may still be one that the service can.
  try { bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' }) } catch { return plain }
  try {
    const small = fit(bitmap.width, bitmap.height, SIDE)
    const { context } = draw(bitmap, small.width, small.height)
    const concerns = concernsOf(greyOf(context.getImageData(0, 0, small.width, small.height).data, small.width, small.height))
    const size = { width: bitmap.width, height: bitmap.height }
    if (Math.max(size.width, size.height) <= MAX_SIDE) return { ...plain, ...size, concerns }
    const less = fit(size.width, size.height, MAX_SIDE)
    const blob = await toJpeg(draw(bitmap, less.width, less.height).canvas)
    return { blob, name: plain.name.replace(/\.[^.]*$/, '') + '.jpg', concerns, ...less }
  } finally {
    bitmap.close()
  }
}

// Any picture as JPEG, upright: what the pages of a joined document are made of.
export const asJpeg = async (shot: Blob): Promise<{ bytes: Uint8Array; width: number; height: number }> => {
  const bitmap = await createImageBitmap(shot, { imageOrientation: 'from-image' })
  const size = fit(bitmap.width, bitmap.height, MAX_SIDE)
  const jpeg = await toJpeg(draw(bitmap, size.width, size.height).canvas)
  bitmap.close()
  return { bytes: new Uint8Array(await jpeg.arrayBuffer()), ...size }
}
