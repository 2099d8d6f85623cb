// Words of the screen that says what is to be paid; they come with it.
import type { Locale } from './languages'

const en = {
  title: 'To pay', hint: 'By the dates that bills and invoices name. Older than three months is left out.', none: 'Nothing to pay.', calendar: 'In your calendar too',
  late: 'Overdue', soon: 'Within a week', later: 'Later', paid: 'Paid',
  pay: 'Paid', payFor: (who: string) => `Paid: ${who}`, unpay: 'Not paid', unpayFor: (who: string) => `Not paid: ${who}`, did: (who: string) => `${who}: paid.`, undid: (who: string) => `${who}: not paid.`, tag: 'paid', unnamed: 'Unnamed', sum: 'Together',
}
type Words = typeof en
const ru: Words = {
  title: 'К оплате', hint: 'По срокам, указанным в счетах и квитанциях. Старше трёх месяцев не показываем.', none: 'Платить нечего.', calendar: 'Добавить в календарь',
  late: 'Просрочено', soon: 'В ближайшую неделю', later: 'Позже', paid: 'Оплачено',
  pay: 'Оплачено', payFor: (who) => `Оплачено: ${who}`, unpay: 'Не оплачено', unpayFor: (who) => `Не оплачено: ${who}`, did: (who) => `${who}: оплачено.`, undid: (who) => `${who}: не оплачено.`, tag: 'оплачено', unnamed: 'Без названия', sum: 'Вместе',
}
export const bills: Record<Locale, Words> = { en, ru }
