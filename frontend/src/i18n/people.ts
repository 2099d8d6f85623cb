// Words of the screens of those who run the service, and of the history of what was done.
import type { Locale } from './languages'
import { plural } from './plural'

const en = {
  back: 'To the account',
  history: {
    title: 'Who opened my papers', all: 'Everything that was done', hint: 'Every look at a paper and every change, newest first. Nothing in this list can be changed or deleted.',
    whose: 'Whose', mine: 'Mine', everybody: 'Everybody’s', what: 'What', reads: 'Looked at', changes: 'All', none: 'Nothing yet.', noReads: 'Nobody has looked at a paper in what is shown.', more: 'Show earlier', you: 'you', other: 'somebody else', from: (address: string) => `from ${address}`,
    did: {
      'original.read': 'Original opened', 'page.read': 'Page looked at', 'result.read': 'Facts looked at', 'result.corrected': 'Corrected', 'result.stored': 'Read by Docket',
      'document.uploaded': 'Uploaded', 'document.attached': 'Came as an attachment', 'document.changed': 'Name, tags or note changed', 'document.trashed': 'Moved to the trash', 'document.restored': 'Put back', 'document.deleted': 'Deleted for good', 'document.reprocessed': 'Read again', 'documents.exported': 'Documents exported',
      'job.cancelled': 'Reading stopped', 'job.retried': 'Reading tried again', 'session.created': 'Logged in', 'session.ended': 'Logged out', 'session.others_ended': 'Other devices logged out', 'user.access_ended': 'All devices logged out, keys, passkeys and webhooks ended',
      'account.exported': 'Archive of everything asked for', 'token.created': 'Key made', 'token.ended': 'Key ended', 'feed.created': 'Calendar address made', 'feed.ended': 'Calendar address ended', 'webhook.created': 'Webhook added', 'webhook.ended': 'Webhook ended', 'invitation.created': 'Invitation made', 'invitation.created_by_command': 'Invitation made by whoever runs the service', 'invitation.ended': 'Invitation ended', 'invitation.ended_by_admin': 'Invitation ended by another admin', 'invitation.ended_by_command': 'Invitation ended by whoever runs the service', 'invitation.used': 'Account made by an invitation',
      'user.created': 'Account created', 'user.changed': 'Account changed', 'user.changed_by_admin': 'Account changed by an admin', 'user.changed_by_command': 'Account changed by whoever runs the service', 'user.disabled': 'Account switched off', 'user.made_admin': 'Made an admin', 'user.email_changed': 'E-mail changed', 'user.email_verified': 'E-mail confirmed', 'user.locale_changed': 'Language changed',
      'user.password_changed': 'Password changed', 'user.password_reset': 'Password set by a letter', 'user.password_rehashed': 'Password kept more safely', 'password.reset_unknown': 'Password letter asked for', 'user.leaving': 'Deletion of the account asked for', 'user.stays': 'Account kept', 'user.erased': 'Account erased',
      'second_factor.begun': 'Second factor set up', 'second_factor.ended': 'Second factor switched off', 'second_factor.guessed': 'Wrong codes tried one after another',
      'passkey.created': 'Passkey added', 'passkey.renamed': 'Passkey renamed', 'passkey.ended': 'Passkey removed', 'passkey.copied': 'Passkey refused: there seem to be two of it',
    } as Record<string, string>,
  },
  invitations: {
    title: 'Invite somebody', hint: 'The link makes one account and is good for a week. With an e-mail only that address can use it.', email: 'E-mail (may be left empty)', note: 'Note (may be left empty)', noteHint: 'Whom it is for, so that you know it in the list. Nobody else sees it but admins.', make: 'Make the link', once: 'Give this link to whom you invite. It is shown only once.', sent: (to: string) => `A letter with the link is on its way to ${to}.`,
    list: 'Invitations', anybody: 'Whoever has the link', used: 'used', usedBy: (who: string, when: string) => `${who} has joined, ${when}`, until: (when: string) => `good until ${when}`, by: (who: string) => `from ${who}`, more: 'Show earlier',
    end: 'End', endOf: (whom: string) => `End the invitation: ${whom}`, endAsk: (whom: string) => `End the invitation “${whom}”?`, endHint: 'Its link makes no account any more. You can make another.', ended: 'The invitation has ended.', late: 'Too late: somebody has joined by it.',
  },
  people: {
    title: 'People', list: 'Accounts', admin: 'admin', off: 'switched off', you: 'you', unconfirmed: 'e-mail not confirmed', since: (when: string) => `since ${when}`, documents: (n: number) => plural('en', n, { one: '# document', other: '# documents' }), more: 'Show more',
    disable: 'Switch off', enable: 'Switch on', makeAdmin: 'Make an admin', makeUser: 'No longer an admin', offAsk: (who: string) => `Switch off ${who}?`, offHint: 'They are logged out everywhere and cannot log in. Their papers stay.', adminAsk: (who: string) => `Make ${who} an admin?`, adminHint: 'Admins see all accounts, the history of everybody and how the service runs, but nobody’s papers.',
  },
}
type Words = typeof en
const ru: Words = {
  back: 'В профиль',
  history: {
    title: 'Кто открывал мои документы', all: 'Всё, что происходило', hint: 'Каждый просмотр и каждое изменение, сначала новые. Из этого списка ничего нельзя убрать или исправить.',
    whose: 'Чьи', mine: 'Мои', everybody: 'Всех', what: 'Что показать', reads: 'Просмотры', changes: 'Всё', none: 'Пока ничего.', noReads: 'Среди показанного просмотров нет.', more: 'Показать более ранние', you: 'вы', other: 'кто-то другой', from: (address) => `с адреса ${address}`,
    did: {
      'original.read': 'Открыт исходный файл', 'page.read': 'Просмотрена страница', 'result.read': 'Просмотрены данные', 'result.corrected': 'Исправлено', 'result.stored': 'Прочитано сервисом',
      'document.uploaded': 'Загружен', 'document.attached': 'Пришёл вложением', 'document.changed': 'Изменены название, метки или заметка', 'document.trashed': 'Перенесён в корзину', 'document.restored': 'Возвращён из корзины', 'document.deleted': 'Удалён навсегда', 'document.reprocessed': 'Отправлен на повторное чтение', 'documents.exported': 'Выгрузка документов',
      'job.cancelled': 'Чтение остановлено', 'job.retried': 'Чтение запущено снова', 'session.created': 'Вход', 'session.ended': 'Выход', 'session.others_ended': 'Выход на остальных устройствах', 'user.access_ended': 'Выход на всех устройствах, ключи, passkeys и вебхуки закончились',
      'account.exported': 'Запрошен архив всех данных', 'token.created': 'Создан ключ', 'token.ended': 'Отозван ключ', 'feed.created': 'Создан адрес календаря', 'feed.ended': 'Отозван адрес календаря', 'webhook.created': 'Добавлен вебхук', 'webhook.ended': 'Удалён вебхук', 'invitation.created': 'Создано приглашение', 'invitation.created_by_command': 'Приглашение создано владельцем сервиса', 'invitation.ended': 'Приглашение отозвано', 'invitation.ended_by_admin': 'Приглашение отозвано другим администратором', 'invitation.ended_by_command': 'Приглашение отозвано владельцем сервиса', 'invitation.used': 'Создан аккаунт по приглашению',
      'user.created': 'Создан аккаунт', 'user.changed': 'Изменён аккаунт', 'user.changed_by_admin': 'Аккаунт изменён администратором', 'user.changed_by_command': 'Аккаунт изменён владельцем сервиса', 'user.disabled': 'Аккаунт отключён', 'user.made_admin': 'Назначен администратором', 'user.email_changed': 'Изменён адрес почты', 'user.email_verified': 'Подтверждён адрес почты', 'user.locale_changed': 'Изменён язык',
      'user.password_changed': 'Изменён пароль', 'user.password_reset': 'Пароль задан по письму', 'user.password_rehashed': 'Пароль сохранён надёжнее', 'password.reset_unknown': 'Запрошено письмо для пароля', 'user.leaving': 'Запрошено удаление аккаунта', 'user.stays': 'Аккаунт оставлен', 'user.erased': 'Аккаунт стёрт',
      'second_factor.begun': 'Настроен двухфакторный вход', 'second_factor.ended': 'Двухфакторный вход выключен', 'second_factor.guessed': 'Подряд введены неверные коды',
      'passkey.created': 'Ключ входа добавлен', 'passkey.renamed': 'Ключ входа переименован', 'passkey.ended': 'Ключ входа удалён', 'passkey.copied': 'Ключ входа отклонён: похоже, у него есть копия',
    },
  },
  invitations: {
    title: 'Пригласить', hint: 'По ссылке можно создать один аккаунт; она действует неделю. Если указать почту, ссылка подойдёт только этому адресу.', email: 'Эл. почта (можно не указывать)', note: 'Заметка (можно не указывать)', noteHint: 'Для кого приглашение, чтобы узнать его в списке. Её видят только администраторы.', make: 'Создать ссылку', once: 'Передайте эту ссылку тому, кого приглашаете. Больше мы её не покажем.', sent: (to) => `Письмо со ссылкой отправлено на ${to}.`,
    list: 'Приглашения', anybody: 'Любой, у кого есть ссылка', used: 'использовано', usedBy: (who, when) => `аккаунт создан: ${who}, ${when}`, until: (when) => `действует до ${when}`, by: (who) => `от ${who}`, more: 'Показать более ранние',
    end: 'Отозвать', endOf: (whom) => `Отозвать приглашение: ${whom}`, endAsk: (whom) => `Отозвать приглашение «${whom}»?`, endHint: 'По этой ссылке больше нельзя будет создать аккаунт. Можно сделать новую.', ended: 'Приглашение отозвано.', late: 'Поздно: по нему уже создали аккаунт.',
  },
  people: {
    title: 'Люди', list: 'Аккаунты', admin: 'администратор', off: 'отключён', you: 'вы', unconfirmed: 'почта не подтверждена', since: (when) => `с ${when}`, documents: (n) => plural('ru', n, { one: '# документ', few: '# документа', many: '# документов', other: '# документа' }), more: 'Показать ещё',
    disable: 'Отключить', enable: 'Включить', makeAdmin: 'Сделать администратором', makeUser: 'Снять права администратора', offAsk: (who) => `Отключить ${who}?`, offHint: 'На всех устройствах произойдёт выход, и войти снова не получится. Документы сохранятся.', adminAsk: (who) => `Сделать администратором ${who}?`, adminHint: 'Администраторы видят все аккаунты, общую историю и работу сервиса, но не чужие документы.',
  },
}
export const people: Record<Locale, Words> = { en, ru }
