// Words of how much of one's room is used; they come with the screen of the account.
import type { Locale } from './languages'
import { plural } from './plural'

const en = {
  title: 'Your room', size: 'Files', documents: 'Documents', waiting: 'Waiting to be read',
  of: (used: string, limit: string) => `${used} of ${limit}`, free: (used: string) => `${used}, no limit`,
  nearly: 'Little room is left.', full: 'No room is left: nothing new can be added.',
  trash: (n: number, size: string) => plural('en', n, { one: `# document in the trash takes ${size}.`, other: `# documents in the trash take ${size}.` }),
  empty: 'Open the trash', advice: 'Delete what you no longer need: it frees its room when it goes from the trash. Or ask who runs this service for more.',
  later: 'Much is waiting to be read; it grows less by itself.',
}
type Words = typeof en
const ru: Words = {
  title: 'Занятое место', size: 'Файлы', documents: 'Документы', waiting: 'Ждут чтения',
  of: (used, limit) => `${used} из ${limit}`, free: (used) => `${used}, без ограничений`,
  nearly: 'Места почти не осталось.', full: 'Место закончилось: новое добавить нельзя.',
  trash: (n, size) => plural('ru', n, { one: `# документ в корзине занимает ${size}.`, few: `# документа в корзине занимают ${size}.`, many: `# документов в корзине занимают ${size}.`, other: `# документа в корзине занимают ${size}.` }),
  empty: 'Открыть корзину', advice: 'Удалите лишнее: место освободится, когда документ исчезнет из корзины. Или попросите больше места у администратора сервиса.',
  later: 'Много документов ждёт чтения; очередь убудет сама.',
}
export const room: Record<Locale, Words> = { en, ru }
