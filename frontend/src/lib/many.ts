// One thing done to many documents, said in one sentence; into the trash there is a way back.
import { ApiError, api } from '../api/client'
import { i18n } from '../i18n/index.svelte'
import { library } from './library.svelte'
import { toasts } from './toast.svelte'

const inParts = async (action: 'trash' | 'restore' | 'delete' | 'reprocess' | 'tag' | 'untag', ids: string[], tag?: string) => {
  let done = 0
  const failed: string[] = []
  for (let i = 0; i < ids.length; i += 200) {
    const answer = await api.many({ action, ids: ids.slice(i, i + 200), ...(tag ? { tag } : {}) })
    done += answer.done
    failed.push(...answer.failed.map((f) => f.code))
  }
  return { done, failed }
}
export const many = async (action: Parameters<typeof inParts>[0], ids: string[], tag?: string): Promise<boolean> => {
  const m = i18n.m.library
  try {
    const { done, failed } = await inParts(action, ids, tag)
    const words = failed[0] ? i18n.m.errors[failed[0]] : undefined
    if (failed.length) toasts.say(m.notAll(failed.length, words?.title ?? ''))
    else if (action === 'trash') toasts.say(m.trashed(done), { label: i18n.m.result.undo, run: () => void many('restore', ids) })
    else toasts.say(m.did[action](done))
    await library.refresh()
    return true
  } catch (error) {
    const words = i18n.m.errors[error instanceof ApiError ? error.code : 'internal'] ?? i18n.m.unknownError
    toasts.say(`${words.title} ${words.advice}`)
    return false
  }
}
