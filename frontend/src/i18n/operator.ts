// Words of the operator's page: with that page, not with the app that everybody loads.
export const operator = {
  en: {
    title: 'How the service runs', live: 'Live, every two seconds', version: 'Version', since: 'Running since',
    requests: 'Requests a second', latency: 'Time to answer, 95 of 100', jobs: 'Documents a minute', queue: 'Waiting and being read',
    wait: 'Oldest waits', nothing: 'Nothing yet',
    pools: 'How full it is', pool: { connections: 'Connections', blocking: 'Request threads', hashing: 'Password threads', worker_slots: 'Reading slots', parsers: 'Parsers', storage_readers: 'Database readers', storage_writer: 'Database writer', storage_connections: 'Database connections' },
    of: 'of', memory: 'Memory', disk: 'Room left on disk', errors: 'Failures since the start', noErrors: 'None. All is well.',
    slowest: 'Slowest documents of the last day', job: 'Job', took: 'Took', tries: 'Tries', status: 'Status',
    state: { queued: 'waiting', processing: 'being read', done: 'done', failed: 'failed', cancelled: 'cancelled' },
    growth: 'What each day brought', day: 'Day', read: 'Documents', stored: 'Stored', wasted: 'Tries in vain', cpu: 'Processor',
    away: 'The service does not answer just now. Asking again.', back: 'To the account', millis: 'ms', seconds: 's', minutes: 'min',
  },
  ru: {
    title: 'Как работает сервис', live: 'Обновляется каждые две секунды', version: 'Версия', since: 'Работает с',
    requests: 'Запросов в секунду', latency: 'Время ответа, 95 из 100', jobs: 'Документов в минуту', queue: 'Ждут и читаются',
    wait: 'Дольше всех ждёт', nothing: 'Пока ничего',
    pools: 'Загрузка', pool: { connections: 'Соединения', blocking: 'Потоки запросов', hashing: 'Потоки паролей', worker_slots: 'Места чтения', parsers: 'Разборщики', storage_readers: 'Чтение базы', storage_writer: 'Запись в базу', storage_connections: 'Соединения с базой' },
    of: 'из', memory: 'Память', disk: 'Свободно на диске', errors: 'Сбои с запуска', noErrors: 'Нет. Всё хорошо.',
    slowest: 'Самые долгие документы за сутки', job: 'Задание', took: 'Заняло', tries: 'Попытки', status: 'Состояние',
    state: { queued: 'ждёт', processing: 'читается', done: 'готово', failed: 'не удалось', cancelled: 'отменено' },
    growth: 'Что принёс каждый день', day: 'День', read: 'Документы', stored: 'Сохранено', wasted: 'Напрасные попытки', cpu: 'Процессор',
    away: 'Сервис сейчас не отвечает. Спрашиваем снова.', back: 'В профиль', millis: 'мс', seconds: 'с', minutes: 'мин',
  },
}
