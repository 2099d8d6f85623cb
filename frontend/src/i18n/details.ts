// What the service adds to a failure where it names a figure, in the reader's language: "at most 20971520 bytes". It comes
// when first wanted. A test finds every such sentence in the service's sources and sees that it is here.
import type { Locale } from './languages'
import { bytes, number } from '../lib/format'
import { plural } from './plural'

type Say = (x: { n: (i: number) => string; size: (i: number) => string; mib: (i: number) => string; count: (i: number) => number; text: (i: number) => string }) => string
const of = (n: number, one: string, many: string) => plural('ru', n, { one, other: many }) // "не больше 21 документа, 22 документов"
const rows: [RegExp, en: Say, ru: Say][] = [
  [/^at most (\d+) bytes$/, (x) => `At most ${x.size(1)}.`, (x) => `Не больше ${x.size(1)}.`],
  [/^at most (\d+) documents$/, (x) => `At most ${x.n(1)} documents.`, (x) => `Не больше ${of(x.count(1), '# документа', '# документов')}.`],
  [/^room for (\d+) of (\d+) attachments$/, (x) => `There is room for ${x.n(1)} of ${x.n(2)} attachments.`, (x) => `Места хватает для ${x.n(1)} из ${x.n(2)} вложений.`],
  [/^(\d+) documents of yours are waiting$/, (x) => `Waiting to be read: ${x.n(1)}.`, (x) => `Уже ждут чтения: ${x.n(1)}.`],
  [/^at most (\d+) in a minute$/, (x) => `At most ${x.n(1)} in a minute.`, (x) => `Не больше ${x.n(1)} в минуту.`],
  [/^at most (\d+) letters to one address in a minute$/, (x) => `At most ${x.n(1)} letters to one address in a minute.`, (x) => `Не больше ${of(x.count(1), '# письма', '# писем')} на один адрес в минуту.`],
  [/^it is at version (\d+)$/, (x) => `It is at version ${x.n(1)} now.`, (x) => `Сейчас это версия ${x.n(1)}.`],
  [/^(\d+) pages, limit (\d+)$/, (x) => `It has ${x.n(1)} pages; ${x.n(2)} are read.`, (x) => `Страниц: ${x.n(1)}, а прочитать можно ${x.n(2)}.`],
  [/^(\d+) x (\d+) pixels, limit (\d+) million$/, (x) => `${x.n(1)} × ${x.n(2)} pixels; at most ${x.n(3)} million are read.`, (x) => `${x.n(1)} × ${x.n(2)} пикселей, а прочитать можно ${x.n(3)} млн.`],
  [/^a page of more than (\d+) MiB of pixels$/, (x) => `A page would take more than ${x.mib(1)}.`, (x) => `Страница заняла бы больше ${x.mib(1)}.`],
  [/^a picture of (\d+) x (\d+) pixels$/, (x) => `A picture of ${x.n(1)} × ${x.n(2)} pixels.`, (x) => `Картинка ${x.n(1)} × ${x.n(2)} пикселей.`],
  [/^the JPEG ends after (\d+) of (\d+) rows$/, (x) => `The picture ends after ${x.n(1)} of ${x.n(2)} rows.`, (x) => `Картинка обрывается на строке ${x.n(1)} из ${x.n(2)}.`],
  [/^page (\d+)(?: of the (?:PDF|TIFF))? cannot be (?:opened|decoded|read)$/, (x) => `Page ${x.n(1)} cannot be opened.`, (x) => `Страница ${x.n(1)} не открывается.`],
  [/^page (\d+) took longer than it may$/, (x) => `Page ${x.n(1)} took too long.`, (x) => `Слишком долго читалась страница ${x.n(1)}.`],
  [/^the parser ended with code (\d+)$/, (x) => `It ended with code ${x.n(1)}.`, (x) => `Она завершилась с кодом ${x.n(1)}.`],
  [/^no memory for a page of (\d+) x (\d+) pixels$/, (x) => `For a page of ${x.n(1)} × ${x.n(2)} pixels.`, (x) => `На страницу ${x.n(1)} × ${x.n(2)} пикселей.`],
  [/^no memory for a document of (\d+) bytes$/, (x) => `For a document of ${x.size(1)}.`, (x) => `На документ в ${x.size(1)}.`],
  [/^(?:the text is over|the pages say more than) (\d+) MiB(?: hold)?$/, (x) => `The text is over ${x.mib(1)}.`, (x) => `В тексте больше ${x.mib(1)}.`],
  [/^(\d+) words, limit (\d+)$/, (x) => `It has ${x.n(1)} words; at most ${x.n(2)} are read.`, (x) => `Слов: ${x.n(1)}, а прочитать можно ${x.n(2)}.`],
  [/^(?:file|a parsed document) of (\d+) bytes, limit (\d+)$/, (x) => `${x.size(1)}; at most ${x.size(2)}.`, (x) => `${x.size(1)}, а можно не больше ${x.size(2)}.`],
  [/^arena .*: (\d+) bytes in use, limit (\d+)$/, (x) => `It takes more than ${x.size(2)} of memory.`, (x) => `Нужно больше ${x.size(2)} памяти.`],
  [/^more than (\d+) .+$/, (x) => `There are more than ${x.n(1)} parts in it.`, (x) => `Частей в нём больше ${x.n(1)}.`],
  [/^it has (\d+) bytes$/, (x) => `It has ${x.size(1)}.`, (x) => `В файле ${x.size(1)}.`],
  [/^(\d+) bytes came$/, (x) => `${x.size(1)} came.`, (x) => `Дошло ${x.size(1)}.`],
  [/^it has (\d+) characters, at least (\d+) are needed$/, (x) => `It has ${x.n(1)} characters; at least ${x.n(2)} are needed.`, (x) => `Символов: ${x.n(1)}, а нужно не меньше ${x.n(2)}.`],
  [/^it is over (\d+) bytes long$/, (x) => `It is longer than ${x.size(1)}.`, (x) => `Он длиннее ${x.size(1)}.`],
  [/^(\d+) exports are under way$/, (x) => `Downloads of lists under way: ${x.n(1)}.`, (x) => `Сейчас идёт выгрузок: ${x.n(1)}.`],
  [/^all (\d+) connections to the database are in use$/, (x) => `All ${x.n(1)} connections to the database are in use.`, (x) => `Заняты все соединения с базой данных: ${x.n(1)}.`],
  [/^(\d+) writes are waiting$/, (x) => `${x.n(1)} changes are waiting.`, (x) => `Ждут записи: ${x.n(1)}.`],
  [/^no memory for a password hash of (\d+) bytes$/, (x) => `No memory for a password: ${x.size(1)}.`, (x) => `Не хватает памяти для проверки пароля: ${x.size(1)}.`],
  [/^multipart\/form-data needs a boundary of 1 to (\d+) characters$/, (x) => `The form needs a boundary of 1 to ${x.n(1)} characters.`, (x) => `Форме нужен разделитель от 1 до ${of(x.count(1), '# символа', '# символов')}.`],
  [/^the headers of a form's part are over (\d+) bytes$/, (x) => `The headers of a part are over ${x.size(1)}.`, (x) => `Заголовки части формы больше ${x.size(1)}.`],
  [/^the other fields of the form are over (\d+) bytes$/, (x) => `The other fields are over ${x.size(1)}.`, (x) => `Остальные поля формы больше ${x.size(1)}.`],
  [/^line (\d+), column (\d+): .*$/, (x) => `Line ${x.n(1)}, column ${x.n(2)}.`, (x) => `Строка ${x.n(1)}, столбец ${x.n(2)}.`],
  [/^authenticatorData of (\d+) bytes$/, (x) => `Its answer has ${x.size(1)}.`, (x) => `В его ответе ${x.size(1)}.`],
  [/^limit (-?\d+) is outside (\d+) to (\d+)$/, (x) => `limit: from ${x.n(2)} to ${x.n(3)}.`, (x) => `limit: от ${x.n(2)} до ${x.n(3)}.`],
  [/^at most (\d+) at once: end one$/, (x) => `At most ${x.n(1)} at once: end one.`, (x) => `Одновременно может быть не больше ${x.n(1)}: отзовите какой-нибудь.`],
  [/^at most (\d+) passkeys$/, (x) => `At most ${x.n(1)} passkeys.`, (x) => `Не больше ${of(x.count(1), '# ключа', '# ключей')} входа.`],
  [/^at most (\d+) webhooks$/, (x) => `At most ${x.n(1)} webhooks.`, (x) => `Не больше ${of(x.count(1), '# вебхука', '# вебхуков')}.`],
  [/^at most (\d+) corrections of one document$/, (x) => `At most ${x.n(1)} corrections of one document.`, (x) => `Не больше ${of(x.count(1), '# исправления', '# исправлений')} в одном документе.`],
  [/^at most (\d+) changes in one request$/, (x) => `At most ${x.n(1)} changes at once.`, (x) => `Не больше ${of(x.count(1), '# изменения', '# изменений')} за раз.`],
  [/^tags: (?:a list of )?at most (\d+)(?: on a document)?$/, (x) => `At most ${x.n(1)} tags on a document.`, (x) => `У документа может быть не больше ${of(x.count(1), '# метки', '# меток')}.`],
  [/^tag: at most (\d+)$/, (x) => `At most ${x.n(1)} tags at once.`, (x) => `Не больше ${of(x.count(1), '# метки', '# меток')} сразу.`],
  [/^tag: 1 to (\d+) bytes without a comma$/, (x) => `A tag is 1 to ${x.n(1)} bytes long, without a comma.`, (x) => `Метка должна быть длиной от 1 до ${of(x.count(1), '# байта', '# байт')} и без запятой.`],
  [/^tags\[(\d+)\]: must be a string$/, (x) => `Tag ${x.n(1)} is no text.`, (x) => `Метка ${x.n(1)} должна быть текстом.`],
  [/^ids: a list of 1 to (\d+)$/, (x) => `1 to ${x.n(1)} documents at once.`, (x) => `От 1 до ${of(x.count(1), '# документа', '# документов')} за раз.`],
  [/^(?:ids)\[(\d+)\]: not an id$/, (x) => `Document ${x.n(1)} of the list has no such number.`, (x) => `Документ ${x.n(1)} в списке назван неверно.`],
  [/^Idempotency-Key: 1 to (\d+) visible ASCII characters$/, (x) => `Idempotency-Key: 1 to ${x.n(1)} visible ASCII characters.`, (x) => `Idempotency-Key: от 1 до ${of(x.count(1), '# видимого символа', '# видимых символов')} ASCII.`],
  [/^line_items: a list of at most (\d+)$/, (x) => `At most ${x.n(1)} items.`, (x) => `Не больше ${of(x.count(1), '# позиции', '# позиций')}.`],
  [/^line_items\[\d+\]\.of: item (\d+) is named twice$/, (x) => `Item ${x.n(1)} is named twice.`, (x) => `Позиция ${x.n(1)} названа дважды.`],
  [/^line_items\[(\d+)\].*$/, (x) => `Item ${x.n(1)} does not fit.`, (x) => `Не подходит позиция ${x.n(1)}.`],
  [/^undo\[(\d+)\]: .*$/, (x) => `Correction ${x.n(1)} cannot be undone: there is nothing of that name.`, (x) => `Исправление ${x.n(1)} не отменить: такого значения нет.`],
  [/^(.+)\.region\.page: .*$/, (x) => `${x.text(1)}: a page’s number, from 1.`, (x) => `${x.text(1)}: номер страницы, начиная с 1.`],
  [/^(.+)\.region\.polygon: .*$/, (x) => `${x.text(1)}: numbers from 0 to 1.`, (x) => `${x.text(1)}: числа от 0 до 1.`],
  [/^(.+): a(?: calendar)? date, as (.+)$/, (x) => `${x.text(1)}: a date, as ${x.text(2)}.`, (x) => `${x.text(1)}: дата, например ${x.text(2)}.`],
  [/^(.+): a time of day, as (.+)$/, (x) => `${x.text(1)}: a time of day, as ${x.text(2)}.`, (x) => `${x.text(1)}: время, например ${x.text(2)}.`],
  [/^(.+): an amount, as (.+)$/, (x) => `${x.text(1)}: an amount, as ${x.text(2)}.`, (x) => `${x.text(1)}: сумма, например ${x.text(2)}.`],
  [/^(.+): \{"amount": "(.+)", "currency": ".+"\}$/, (x) => `${x.text(1)}: an amount with its currency, as ${x.text(2)} EUR.`, (x) => `${x.text(1)}: сумма с валютой, например ${x.text(2)} EUR.`],
  [/^(.+): a number of at most (\d+)$/, (x) => `${x.text(1)}: a number of at most ${x.n(2)}.`, (x) => `${x.text(1)}: число не больше ${x.n(2)}.`],
  [/^(.+): a whole number from (-?\d+) to (-?\d+)(?:, or null)?$/, (x) => `${x.text(1)}: a whole number from ${x.n(2)} to ${x.n(3)}.`, (x) => `${x.text(1)}: целое число от ${x.n(2)} до ${x.n(3)}.`],
  [/^(.+): (?:at most|over) (\d+) bytes$/, (x) => `${x.text(1)}: at most ${x.size(2)}.`, (x) => `${x.text(1)}: не больше ${x.size(2)}.`],
  [/^(.+): (?:not )?1 to (\d+) bytes(?: as base64url)?$/, (x) => `${x.text(1)}: 1 to ${x.n(2)} bytes.`, (x) => `${x.text(1)}: от 1 до ${of(x.count(2), '# байта', '# байт')}.`],
  [/^(.+): (?:is not|no) UTF-8$/, (x) => `${x.text(1)}: is not UTF-8.`, (x) => `${x.text(1)}: это не UTF-8.`],
]

// null: no such sentence is known.
export const detailOf = (detail: string, locale: Locale): string | null => {
  for (const [like, en, ru] of rows) {
    const found = like.exec(detail)
    if (!found) continue
    const text = (i: number) => found[i] ?? ''
    const count = (i: number) => Number(text(i))
    return (locale === 'ru' ? ru : en)({
      text, count, n: (i) => number(count(i), locale), size: (i) => bytes(count(i), locale), mib: (i) => bytes(count(i) * 1024 * 1024, locale),
    })
  }
  return null
}
