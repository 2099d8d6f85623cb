// A list that comes page by page, newest first.
import type { Pages } from '../api/people'
import { Form } from './form.svelte'

export class Paged<T> {
  items = $state.raw<T[]>([])
  more = $state.raw<string | null>(null)
  loaded = $state(false)
  form = new Form()
  constructor(private ask: (cursor: string | null) => Promise<Pages<T>>) {}

  first() { this.loaded = false; return this.#load(null) }
  next() { return this.#load(this.more) }
  #load(from: string | null) {
    return this.form.send(async () => {
      const page = await this.ask(from)
      this.items = from ? [...this.items, ...page.items] : page.items
      this.more = page.next_cursor
      this.loaded = true
    })
  }
}
