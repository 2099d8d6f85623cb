// Papers come in from anywhere in the app: camera, files, drop, paste. Doubtful pictures are shown first;
// the rest goes straight on its way.
import { api } from '../api/client'
import { i18n } from '../i18n/index.svelte'
import { forgets } from './forget'
import { bytes } from './format'
import type { Shot } from './prepare'
import { toasts } from './toast.svelte'
import { uploads } from './uploads.svelte'

// Browsers show a camera to pages that came safely only.
const canSee = () => typeof navigator.mediaDevices?.getUserMedia === 'function'

class Capture {
  shots = $state.raw<Shot[]>([])
  urls = $state.raw<string[]>([]) // of pictures that this browser can show, "" for others
  asking = $state(false) // the sheet is open
  several = $state(false) // pages of one document are being photographed, one after the other
  busy = $state(false)
  trouble = $state('')
  live = $state(false) // the picture of the camera is on the screen
  camera: HTMLInputElement | null = null
  picker: HTMLInputElement | null = null
  #most = Infinity // bytes of a file that the service takes

  doubtful = $derived(this.shots.some((s) => s.concerns.length > 0))
  joinable = $derived(this.shots.length > 1 && this.shots.every((s) => s.width > 0))

  // What is too large is said here, before minutes of sending; until this is known the service says it.
  async learn() { this.#most = (await api.service().catch(() => null))?.max_upload ?? Infinity }

  // Our own camera looks at the picture before it is taken; where there is none, the device's is as good.
  photo() { if (canSee()) this.live = true; else this.native() }
  native() { this.live = false; this.camera?.click() }
  files() { this.picker?.click() }
  pages() { this.several = true; this.photo() }

  async take(files: Iterable<File>) {
    const list = [...files]
    if (list.length === 0) return
    this.busy = true
    this.trouble = ''
    const ready: Shot[] = []
    // Who adds nothing fetches nothing of this. A picture that cannot be looked at now goes as it is.
    const look = await import('./prepare').then((p) => p.prepare, () => null)
    for (const file of list) ready.push(look ? await look(file) : { blob: file, name: file.name, concerns: [], width: 0, height: 0 })
    this.busy = false
    const big = ready.filter((s) => s.blob.size > this.#most)
    if (big.length) this.trouble = i18n.m.capture.tooBig(big.map((s) => s.name).join(', '), bytes(this.#most, i18n.locale))
    if (big.length === ready.length) return
    this.#show([...this.shots, ...ready.filter((s) => !big.includes(s))])
    // Several photos may be pages of one paper; one good photo needs no question.
    if (this.several || this.doubtful || this.joinable || this.asking) this.asking = true
    else await this.send()
  }
  #show(shots: Shot[]) {
    const kept = new Map(this.shots.map((s, i) => [s, this.urls[i] ?? '']))
    this.urls = shots.map((s) => kept.get(s) ?? (s.width > 0 ? URL.createObjectURL(s.blob) : ''))
    for (const [shot, url] of kept) if (url && !shots.includes(shot)) URL.revokeObjectURL(url)
    this.shots = shots
  }
  leaveOut(i: number) {
    this.#show(this.shots.filter((_, k) => k !== i))
    if (!this.shots.length && !this.several) this.finish()
  }
  takeAgain(i: number) { this.#show(this.shots.filter((_, k) => k !== i)); this.photo() }
  move(i: number, by: number) {
    const shots = [...this.shots]
    const [shot] = shots.splice(i, 1)
    shots.splice(i + by, 0, shot!)
    this.#show(shots)
  }
  finish() {
    this.#show([])
    this.asking = false
    this.several = false
  }
  // Closed without an answer: nothing goes up, and what was photographed can be had back.
  drop() {
    const { shots, several } = this
    this.finish()
    if (shots.length) toasts.say(i18n.m.capture.notSent(shots.length), { label: i18n.m.library.restore, run: () => { this.several = several; this.#show([...shots, ...this.shots]); this.asking = true } })
  }
  async send() {
    // Taken out before the wait: what is added meanwhile is another batch, and nothing is sent twice.
    const batch = this.shots
    this.finish()
    await this.#keep(batch)
  }
  async join() {
    this.busy = true
    try {
      const [{ asJpeg }, { pdfOf }] = await Promise.all([import('./prepare'), import('./pdf')])
      const pages = []
      for (const shot of this.shots) pages.push(await asJpeg(shot.blob))
      const blob = new Blob([pdfOf(pages) as BlobPart], { type: 'application/pdf' })
      this.finish()
      await this.#keep([{ blob, name: `${i18n.m.capture.joined} ${new Date().toLocaleDateString('sv')}.pdf` }])
    } catch {
      this.trouble = i18n.m.capture.cannotJoin
    } finally {
      this.busy = false
    }
  }
  async #keep(batch: { blob: Blob; name: string }[]) {
    try {
      await uploads.add(batch)
      toasts.say(i18n.m.capture.kept(batch.length))
    } catch {
      this.trouble = i18n.m.capture.notKept
    }
  }
}
export const capture = new Capture()
forgets(() => {
  capture.finish()
  capture.live = false
  capture.trouble = ''
})
