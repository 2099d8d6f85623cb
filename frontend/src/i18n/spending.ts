// Words of the screen that says what was spent; they come with it.
import type { Locale } from './languages'
import { plural } from './plural'

const en = {
  title: 'Spending', hint: 'Of receipts, invoices, bills and tickets, by the date on the paper, twelve months back. The same paper twice counts once.', none: 'There is no receipt or bill with a date and a sum in these twelve months yet.',
  currency: 'Currency', unknown: 'unknown', months: 'By month', senders: 'Where most of it went', papers: (n: number) => plural('en', n, { one: '# document', other: '# documents' }), all: 'In twelve months', kinds: 'What it was spent on', when: 'When', thisMonth: 'This month', lastMonth: 'Last month', year: '12 months', other: 'Other', nothing: 'Nothing in this time.', toPay: 'Bills to pay', part: 'Only the newest papers are counted: there are very many.',
}
type Words = typeof en
const ru: Words = {
  title: 'Расходы', hint: 'По чекам, счетам, квитанциям и билетам за двенадцать месяцев, по дате на документе. Один и тот же документ считается один раз.', none: 'За эти двенадцать месяцев ещё нет чека или счёта с датой и суммой.',
  currency: 'Валюта', unknown: 'неизвестна', months: 'По месяцам', senders: 'Куда ушло больше всего', papers: (n) => plural('ru', n, { one: '# документ', few: '# документа', many: '# документов', other: '# документа' }), all: 'За двенадцать месяцев', kinds: 'На что потрачено', when: 'Когда', thisMonth: 'Этот месяц', lastMonth: 'Прошлый', year: 'Год', other: 'Прочее', nothing: 'За это время ничего.', toPay: 'Счета к оплате', part: 'Посчитаны только последние документы: их очень много.',
}
export const spending: Record<Locale, Words> = { en, ru }
