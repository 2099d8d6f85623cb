// Words of the screen where programs are let in and told; they come with it.
import type { Locale } from './languages'
import { plural } from './plural'

const en = {
  title: 'Connections', back: 'To the account',
  tokens: {
    title: 'Keys for programs', hint: 'For a scanner or a script of yours. A key never touches the account.', add: 'New key', name: 'Name', nameHint: 'scanner in the hall', nameNeeded: 'Give it a name.', may: 'It may', scope: { read: 'read', upload: 'upload', write: 'change' } as Record<string, string>,
    ends: 'Ends', days: (n: number) => plural('en', n, { one: 'in # day', other: 'in # days' }), never: 'never', make: 'Make the key', once: 'Copy it now: it is shown only once.', used: (when: string) => `last used ${when}`, unused: 'not used yet', until: (when: string) => `until ${when}`, end: 'End', endAsk: (name: string) => `End the key “${name}”?`, endHint: 'The program that has it is let in no more. It cannot be brought back.',
  },
  calendar: {
    title: 'Due dates in your calendar', hint: 'Bills that are to be paid appear in the calendar of your phone. The address opens due dates and nothing else; whoever knows it can see them.', add: 'New address', name: 'Where it goes', nameHint: 'my phone', nameNeeded: 'Say where it goes.', make: 'Make the address',
    once: 'Subscribe to this address in your calendar. It is shown only once.', open: 'Open in the calendar', renew: 'Renew', renewHint: (name: string) => `New address for “${name}”; the old one stops working`, end: 'End', used: (when: string) => `last fetched ${when}`, unused: 'not fetched yet', endAsk: (name: string) => `End the address “${name}”?`, endHint: 'Due dates go from the calendar that has it. It cannot be brought back.',
  },
  hooks: {
    title: 'Webhooks', hint: 'When a document has been read, Docket tells an address of yours.', add: 'New webhook', url: 'Address', urlHint: 'https://example.org/docket', urlNeeded: 'Type an address that begins with https://', when: 'Tell it when', event: { 'document.done': 'a document is read', 'document.failed': 'one could not be read' } as Record<string, string>,
    make: 'Add the webhook', once: 'This secret signs what is sent. Copy it now: it is shown only once.', end: 'End', endAsk: (url: string) => `Tell ${url} no more?`, endHint: 'Nothing more is sent there. A new one has a new secret.', deliveries: 'What was sent', none: 'Nothing has been sent yet.', more: 'Show earlier', again: 'Send again', sentAgain: 'It goes out again at once.',
    status: { waiting: 'Waits', done: 'Delivered', dead: 'Given up' } as Record<string, string>, tries: (n: number) => plural('en', n, { one: '# try', other: '# tries' }), next: (when: string) => `next try ${when}`,
  },
}
type Words = typeof en
const ru: Words = {
  title: 'Подключения', back: 'В профиль',
  tokens: {
    title: 'Ключи для программ', hint: 'Для вашего сканера или скрипта. Изменить аккаунт с таким ключом нельзя.', add: 'Новый ключ', name: 'Название', nameHint: 'сканер в прихожей', nameNeeded: 'Дайте ключу название.', may: 'Разрешить', scope: { read: 'читать', upload: 'загружать', write: 'менять' },
    ends: 'Срок действия', days: (n) => plural('ru', n, { one: '# день', few: '# дня', many: '# дней', other: '# дня' }), never: 'бессрочно', make: 'Создать ключ', once: 'Скопируйте ключ сейчас: больше мы его не покажем.', used: (when) => `последний раз ${when}`, unused: 'ещё не использован', until: (when) => `до ${when}`, end: 'Отозвать', endAsk: (name) => `Отозвать ключ «${name}»?`, endHint: 'Программа с этим ключом больше не войдёт. Вернуть его будет нельзя.',
  },
  calendar: {
    title: 'Сроки оплаты в календаре', hint: 'Счета, которые пора оплатить, появятся в календаре телефона. По этому адресу видны только сроки, но видны любому, кто его знает.', add: 'Новый адрес', name: 'Для чего', nameHint: 'мой телефон', nameNeeded: 'Напишите, для чего этот адрес.', make: 'Создать адрес',
    once: 'Подпишитесь на этот адрес в своём календаре. Больше мы его не покажем.', open: 'Открыть в календаре', renew: 'Сменить', renewHint: (name) => `Новый адрес для «${name}»; старый перестанет работать`, end: 'Отозвать', used: (when) => `последний раз запрошен ${when}`, unused: 'ещё не запрашивался', endAsk: (name) => `Отозвать адрес «${name}»?`, endHint: 'Сроки исчезнут из календаря с этим адресом. Вернуть его будет нельзя.',
  },
  hooks: {
    title: 'Вебхуки', hint: 'Когда документ прочитан, Docket сообщит об этом на ваш адрес.', add: 'Новый вебхук', url: 'Адрес', urlHint: 'https://example.org/docket', urlNeeded: 'Введите адрес, который начинается с https://', when: 'Сообщать, когда', event: { 'document.done': 'документ прочитан', 'document.failed': 'прочитать не удалось' },
    make: 'Добавить вебхук', once: 'Этим секретом подписано всё, что мы отправляем. Скопируйте его сейчас: больше мы его не покажем.', end: 'Удалить', endAsk: (url) => `Больше не сообщать на ${url}?`, endHint: 'Туда больше ничего не отправится. У нового вебхука будет новый секрет.', deliveries: 'Что отправлено', none: 'Пока ничего не отправлено.', more: 'Показать более ранние', again: 'Отправить снова', sentAgain: 'Отправляем ещё раз.',
    status: { waiting: 'Ждёт', done: 'Доставлено', dead: 'Не доставлено' }, tries: (n) => plural('ru', n, { one: '# попытка', few: '# попытки', many: '# попыток', other: '# попытки' }), next: (when) => `следующая попытка ${when}`,
  },
}
export const connections: Record<Locale, Words> = { en, ru }
