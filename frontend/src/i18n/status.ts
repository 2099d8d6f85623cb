// Words of the page on which everybody sees how the service does; they come with it.
import type { Locale } from './languages'
import { plural } from './plural'

const en = {
  title: 'How Docket is doing', days: (n: number) => plural('en', n, { one: 'The last day', other: 'The last # days' }), none: 'Nothing was read in this time.', target: (percent: string) => `wanted: ${percent}`, kept: 'kept', missed: 'missed',
  objective: { jobs_done: () => 'Documents read, unless the document itself is to blame', result_time: (seconds: string) => `Results in time, ${seconds} after the upload at most` },
  seconds: (n: number) => plural('en', n, { one: '# second', other: '# seconds' }),
  accuracy: 'How right it is', accuracyHint: 'Measured on receipts photographed and scanned by others, with papers of the same seller kept apart from those that were learned from.', field: 'Value', right: 'Found rightly', strangers: 'From sellers never seen', sure: 'Given as sure', sureRight: 'Of those, right',
  model: (name: string) => `Model ${name}`, closed: 'This page is not shown here.', back: 'To Docket',
}
type Words = typeof en
const ru: Words = {
  title: 'Как работает Docket', days: (n) => plural('ru', n, { one: 'За последний # день', few: 'За последние # дня', many: 'За последние # дней', other: 'За последние # дня' }), none: 'За это время ничего не читали.', target: (percent) => `цель: ${percent}`, kept: 'выполнено', missed: 'не выполнено',
  objective: { jobs_done: () => 'Прочитано документов, не считая тех, что прочесть нельзя', result_time: (seconds) => `Результат вовремя: не позже чем через ${seconds} после загрузки` },
  seconds: (n) => plural('ru', n, { one: '# секунду', few: '# секунды', many: '# секунд', other: '# секунды' }),
  accuracy: 'Точность', accuracyHint: 'Измерено на чужих снимках и сканах чеков; чеки магазинов, на которых модель училась, в проверке не участвуют.', field: 'Значение', right: 'Найдено верно', strangers: 'У незнакомых магазинов', sure: 'Указано как верное', sureRight: 'Из них верно',
  model: (name) => `Модель ${name}`, closed: 'Здесь эту страницу не показывают.', back: 'К Docket',
}
export const status: Record<Locale, Words> = { en, ru }
