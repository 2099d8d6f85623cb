// Makes papers that bench/accuracy reads as photos: receipts, bills, invoices, letters and statements in
// Russian, English and both, drawn in Chromium, each flat and as seen by a phone: at an angle, turned, on a
// table, in uneven light, with a hand's shadow, a little blurred, noisy, as JPEG. All names are invented, the
// seed is fixed, and what each paper says lies beside it.
//
// usage: node tools/make-photos.mjs [--papers 20] [--variants 15] [--out build/photos]
//
//   NAME.png, NAME.gt.txt          the flat paper and its lines
//   NAME.photo07.jpg, photos.json  a variant, and what was done to each
import './help.mjs'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const require = createRequire(new URL('../scenarios/package.json', import.meta.url))
const { chromium } = require('playwright-core')
const top = dirname(dirname(fileURLToPath(import.meta.url)))
const args = process.argv.slice(2)
const option = (name, fallback) => (args.includes(name) ? args[args.indexOf(name) + 1] : fallback)
const nPapers = Number(option('--papers', 20))
const nVariants = Number(option('--variants', 15))
const out = option('--out', join(top, 'build/photos'))

// ---- chance, the same on every run ----

const chance = (seed) => {
  let a = seed >>> 0
  const next = () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  return {
    real: (from, to) => from + (to - from) * next(),
    int: (from, to) => from + Math.floor((to - from + 1) * next()),
    of: (list) => list[Math.floor(list.length * next())],
    some: (list, n) => list.map((v) => [next(), v]).sort((x, y) => x[0] - y[0]).slice(0, n).map(([, v]) => v),
    digits: (n) => Array.from({ length: n }, () => Math.floor(10 * next())).join(''),
  }
}

// ---- what papers say ----

const ru = {
  goods: ['Хлеб бородинский 400 г', 'Молоко пастеризованное 2,5%', 'Творог зернёный 5%', 'Яйцо куриное С1 10 шт', 'Сыр полутвёрдый весовой', 'Масло подсолнечное 1 л', 'Крупа гречневая 900 г', 'Чай чёрный листовой', 'Сахар-песок 1 кг', 'Яблоки сезонные', 'Картофель мытый', 'Пакет-майка большой', 'Вода минеральная газ.', 'Печенье овсяное', 'Колбаса варёная', 'Кефир 1% 930 г', 'Батон нарезной', 'Огурцы короткоплодные', 'Шоколад горький 72%', 'Средство для мытья посуды'],
  shops: ['ООО «Северный ветер»', 'ИП Кузнецова Е. В.', 'АО «Городские пекарни»', 'ООО «Зелёная лавка»', 'Магазин «Домовёнок»', 'Аптека «Подорожник»'],
  streets: ['ул. Садовая, д. 12', 'пр. Энергетиков, д. 7, корп. 2', 'ул. Первомайская, д. 41', 'наб. Тихая, д. 3', 'ул. Льва Толстого, д. 18'],
  cities: ['г. Тверь', 'г. Казань', 'г. Екатеринбург', 'г. Псков', 'г. Москва'],
  people: ['Смирнова Ольга Павловна', 'Егоров Дмитрий Ильич', 'Захарова Нина Андреевна', 'Тимофеев Пётр Сергеевич'],
  services: ['Холодное водоснабжение', 'Горячее водоснабжение', 'Водоотведение', 'Отопление', 'Электроэнергия день', 'Электроэнергия ночь', 'Содержание жилого помещения', 'Взнос на капитальный ремонт', 'Обращение с ТКО', 'Газоснабжение'],
  letter: ['Уважаемая Ольга Павловна! Сообщаем, что с первого апреля изменяется порядок приёма показаний приборов учёта.', 'Показания принимаются с двадцатого по двадцать пятое число каждого месяца через личный кабинет, по телефону или в офисе обслуживания.', 'Если показания не переданы в срок, начисление производится по среднему расходу за последние шесть месяцев.', 'Просим проверить сроки поверки счётчиков: они указаны в техническом паспорте прибора.', 'При возникновении вопросов обращайтесь в отдел расчётов с понедельника по пятницу, с девяти до восемнадцати часов.', 'Договор считается продлённым на следующий год, если ни одна из сторон не заявит о его прекращении за тридцать дней.'],
}
const en = {
  goods: ['Oat biscuits 300g', 'Whole milk 2 pints', 'Sliced white loaf', 'Cheddar extra mature', 'Free range eggs 6pk', 'Basmati rice 1kg', 'Tomatoes on the vine', 'Washing up liquid', 'Ground coffee 250g', 'Orange juice smooth', 'Chicken thighs fillet', 'Dark chocolate 85%', 'Kitchen roll 2 pack', 'Baby spinach 240g', 'Sparkling water 1L', 'Peanut butter crunchy', 'Carrots 1kg', 'Greek style yoghurt', 'Penne pasta 500g', 'Salted butter 250g'],
  shops: ['MILLBROOK STORES LTD', 'The Corner Bakehouse', 'Fenwick & Daughters', 'HILLTOP HARDWARE', 'Riverside Pharmacy', 'Lantern Books'],
  streets: ['22 Orchard Road', '7 Quayside Mews', '118 London Road', '5a Church Walk', '64 Station Parade'],
  cities: ['Ludlow SY8 1AA', 'Whitby YO21 3PU', 'Bath BA1 5NP', 'Kelso TD5 7HH', 'Hove BN3 2FA'],
  people: ['Mrs Harriet Longden', 'Mr Owen Pritchard', 'Ms Ada Kellaway', 'Dr Samuel Birch'],
  services: ['Standing charge', 'Day units', 'Night units', 'Gas used', 'Water supply', 'Waste water', 'Surface drainage', 'Boiler cover', 'Line rental', 'Broadband unlimited'],
  letter: ['Dear Mrs Longden, thank you for telling us about your change of address, which we have now recorded.', 'Your next statement will be sent to the new address in the first week of the month, together with a corrected meter reading.', 'Please keep this letter with your policy documents: you may be asked for it when making a claim.', 'If any of these details are wrong, write to us within fourteen days or call the number printed above.', 'The annual premium is payable by direct debit in twelve instalments and includes insurance premium tax at the current rate.', 'Parking permits already issued remain valid until the date shown on them and need not be returned.'],
}
const money = (r, from, to, comma) => r.real(from, to).toFixed(2).replace('.', comma ? ',' : '.')
const grouped = (v) => v.toFixed(2).replace(/\B(?=(\d{3})+\.)/g, ' ').replace('.', ',')
const date = (r, dots) => {
  const [d, m, y] = [r.int(1, 28), r.int(1, 12), r.int(2024, 2026)].map((v) => String(v).padStart(2, '0'))
  return dots ? `${d}.${m}.${y}` : r.of([`${d}/${m}/${y}`, `${y}-${m}-${d}`])
}
const row = (left, right, cls = '') => `<div class="row ${cls}"><span>${left}</span><span>${right}</span></div>`
const cells = (list, tag = 'td') => `<tr>${list.map((c, i) => `<${tag}${i ? ' class=n' : ''}>${c}</${tag}>`).join('')}</tr>`

const receipt = (r, w, russian) => {
  const items = r.some(w.goods, r.int(5, 12)).map((g) => [g, r.real(0.9, russian ? 900 : 19)])
  const sum = items.reduce((s, [, v]) => s + v, 0).toFixed(2)
  const head = russian
    ? `<h1>${r.of(['КАССОВЫЙ ЧЕК', 'ТОВАРНЫЙ ЧЕК'])}</h1><div class=c>${r.of(w.shops)}</div><div class=c>${r.of(w.cities)}, ${r.of(w.streets)}</div><hr>${row(`ИНН ${r.digits(10)}`, `Чек № ${r.digits(4)}`)}${row(`${date(r, true)} ${r.int(10, 21)}:${r.int(10, 59)}`, `Касса ${r.int(1, 9)}`)}`
    : `<h1>${r.of(w.shops)}</h1><div class=c>${r.of(w.streets)}</div><div class=c>${r.of(w.cities)}</div><div class=c>VAT GB ${r.digits(9)}</div><hr>${row(`Date ${date(r)}`, `${r.int(10, 21)}:${r.int(10, 59)}`)}${row(`Receipt ${r.digits(6)}`, `Till ${r.int(1, 9)}`)}`
  const foot = russian
    ? `${row('ИТОГ', `=${sum}`, 'big')}${row('БЕЗНАЛИЧНЫМИ', `=${sum}`)}${row('в т. ч. НДС 10%', (sum / 11).toFixed(2))}<hr><div>ФН ${r.digits(16)}</div><div>ФД ${r.digits(5)} ФП ${r.digits(10)}</div><div class=c>СПАСИБО ЗА ПОКУПКУ!</div>`
    : `${row('SUBTOTAL', `£${sum}`)}${row('TOTAL', `£${sum}`, 'big')}${row('VISA DEBIT', `£${sum}`)}<hr><div>AUTH CODE ${r.digits(6)}</div><div class=c>Thank you for your custom</div>`
  return `<div class=receipt>${head}<hr>${items.map(([g, v]) => row(g, v.toFixed(2))).join('')}<hr>${foot}</div>`
}
const bill = (r, w, russian) => {
  const lines = r.some(w.services, r.int(5, 8)).map((s) => [s, r.real(2, 400), r.real(0.2, 9)])
  const total = lines.reduce((s, [, a, b]) => s + a * b, 0)
  return russian
    ? `<div class=sheet><h1>Квитанция на оплату услуг</h1><p>Получатель: ${r.of(w.shops)}<br>ИНН ${r.digits(10)} КПП ${r.digits(9)} БИК ${r.digits(9)}<br>Расчётный счёт ${r.digits(20)}</p><p>Плательщик: ${r.of(w.people)}<br>Адрес: ${r.of(w.cities)}, ${r.of(w.streets)}, кв. ${r.int(1, 200)}<br>Лицевой счёт № ${r.digits(9)}</p><table>${cells(['Вид услуги', 'Объём', 'Тариф, руб.', 'Начислено'], 'th')}${lines.map(([s, a, b]) => cells([s, a.toFixed(2).replace('.', ','), b.toFixed(2).replace('.', ','), grouped(a * b)])).join('')}${cells(['Итого к оплате', '', '', grouped(total)], 'th')}</table><p>Оплатить до ${date(r, true)}. Оставшуюся часть храните как подтверждение платежа.</p></div>`
    : `<div class=sheet><h1>Your bill</h1><p>${r.of(w.shops)}<br>${r.of(w.streets)}, ${r.of(w.cities)}</p><p>Account number ${r.digits(10)}<br>Bill date ${date(r)}<br>Customer ${r.of(w.people)}</p><table>${cells(['Charge', 'Quantity', 'Rate', 'Amount'], 'th')}${lines.map(([s, a, b]) => cells([s, a.toFixed(1), b.toFixed(3), (a * b).toFixed(2)])).join('')}${cells(['Total to pay', '', '', `£${total.toFixed(2)}`], 'th')}</table><p>Please pay by ${date(r)}. Direct debit customers need do nothing.</p></div>`
}
const letter = (r, w, russian) => `<div class="sheet serif"><div>${r.of(w.shops)}<br>${r.of(w.streets)}<br>${r.of(w.cities)}</div><p>${russian ? `Исх. № ${r.digits(4)} от ${date(r, true)}` : `Our reference ${r.digits(7)}, ${date(r)}`}</p><h1>${russian ? 'Уведомление' : 'Important information'}</h1>${r.some(w.letter, 5).map((p) => `<p>${p}</p>`).join('')}<p>${russian ? 'С уважением' : 'Yours sincerely'},<br>${r.of(w.people)}</p></div>`
const statement = (r, w, russian) => `<div class=sheet><h1>${russian ? 'Выписка по счёту' : 'Account statement'}</h1><p>${r.of(w.people)}<br>${russian ? 'Счёт' : 'Account'} ${r.digits(russian ? 20 : 8)}</p><table>${cells(russian ? ['Операция', 'Дата', 'Сумма', 'Остаток'] : ['Details', 'Date', 'Amount', 'Balance'], 'th')}${Array.from({ length: 14 }, () => cells([r.of(r.of([w.shops, w.services])), date(r, russian), money(r, 10, 900, russian), money(r, 1000, 9000, russian)])).join('')}</table></div>`
const mixed = (r) => `<div class=sheet><h1>Счёт-фактура / Invoice № ${r.digits(5)}</h1><p>Продавец / Seller: ${r.of(ru.shops)}<br>Покупатель / Buyer: ${r.of(en.shops)}<br>Дата / Date: ${date(r, true)}</p><table>${cells(['Товар / Item', 'Кол-во', 'Цена / Price', 'Сумма / Sum'], 'th')}${r.some(en.goods, 4).map((g) => cells([g, r.int(1, 9), money(r, 1, 99, false), money(r, 100, 900, false)])).join('')}${r.some(ru.goods, 4).map((g) => cells([g, r.int(1, 9), money(r, 1, 99, true), money(r, 100, 900, true)])).join('')}</table><p>Оплата в течение 14 дней. Payment within 14 days.</p></div>`

const kinds = [
  ['receipt-ru', (r) => receipt(r, ru, true)], ['receipt-en', (r) => receipt(r, en, false)], ['bill-ru', (r) => bill(r, ru, true)], ['letter-en', (r) => letter(r, en, false)],
  ['statement-ru', (r) => statement(r, ru, true)], ['bill-en', (r) => bill(r, en, false)], ['letter-ru', (r) => letter(r, ru, true)], ['statement-en', (r) => statement(r, en, false)],
  ['mixed', mixed], ['receipt-ru', (r) => receipt(r, ru, true)], ['receipt-en', (r) => receipt(r, en, false)],
]
const css = (r) => `* { box-sizing: border-box } body { margin: 0; color: #161616 } .c { text-align: center }
  .receipt { width: 420px; padding: 26px 22px 30px; font: ${r.int(16, 18)}px/1.35 ${r.of(["'DejaVu Sans Mono'", "'Liberation Mono', monospace", "'DejaVu Sans'"])}; background: #fdfdfb }
  .receipt h1 { font-size: 23px; margin: 0 0 4px; text-align: center }
  .row { display: flex; justify-content: space-between; gap: 14px } .row span:last-child { white-space: nowrap }
  hr { border: 0; border-top: 2px dashed #444; margin: 9px 0 } .big { font-size: 22px; font-weight: bold }
  .sheet { width: 794px; min-height: 1080px; padding: 60px 56px; font: ${r.int(16, 18)}px/1.5 ${r.of(["'DejaVu Sans'", "'Liberation Sans', sans-serif", "'DejaVu Serif'"])}; background: #fff }
  .serif { font-family: 'DejaVu Serif', serif } .sheet h1 { font-size: 27px; margin: 14px 0 16px }
  table { width: 100%; border-collapse: collapse; margin: 18px 0 } td, th { padding: 6px; border: ${r.of(['1px solid #999', '0', '0; border-bottom: 1px solid #bbb'])}; text-align: left } .n { text-align: right; white-space: nowrap }`

// ---- what a phone makes of them ----

const tables = ['radial-gradient(circle at 35% 25%, #a58b6d, #7c6349 70%, #5e4935)', 'repeating-linear-gradient(92deg, #6d5136 0 38px, #76583b 38px 41px, #65492f 41px 90px)', 'linear-gradient(120deg, #3b4148, #23272c)', 'linear-gradient(160deg, #cfc9bd, #b5ad9f)', 'repeating-conic-gradient(#8d97a5 0 25%, #7b8594 0 50%) 0 0 / 60px 60px', 'linear-gradient(100deg, #586b4e, #3f5139)']
const variantOf = (r, i) => ({
  turned: i % 5 === 4 ? r.of([90, 180, 270]) : 0,
  tiltX: r.real(-16, 16), tiltY: r.real(-14, 14), tiltZ: r.real(-9, 9), fill: r.real(0.66, 0.88),
  table: r.of(tables), light: r.real(0.62, 1.04), warm: r.real(0, 0.35), lamp: [r.real(0, 100), r.real(0, 100), r.real(0.15, 0.55)],
  shadow: i % 2 ? { x: r.real(-30, 70), y: r.real(-20, 80), w: r.real(40, 110), h: r.real(30, 90), angle: r.real(-60, 60), dark: r.real(0.25, 0.6) } : null,
  blur: i % 3 === 2 ? r.real(0.7, 1.5) : r.real(0.1, 0.7), noise: r.real(0, 0.16), quality: r.int(45, 88), height: r.int(1700, 2900),
})

// Drawn upright in a frame of 3:4, then, where the phone was held wrongly, the picture is turned as pixels.
const photo = (style, paper, v, size) => {
  const frame = { w: 900, h: 1200 }
  const scale = Math.min((v.fill * frame.w) / size.width, (v.fill * frame.h) / size.height)
  return `<style>${style}
    body { width: ${frame.w}px; height: ${frame.h}px; overflow: hidden; position: relative; background: ${v.table} }
    #camera { width: 100%; height: 100%; perspective: 1900px; display: flex; align-items: center; justify-content: center; filter: blur(${v.blur / (v.height / frame.h)}px) brightness(${v.light}) sepia(${v.warm}) }
    #paper { flex: none; transform: rotateX(${v.tiltX}deg) rotateY(${v.tiltY}deg) rotateZ(${v.tiltZ}deg) scale(${scale}); box-shadow: 5px 9px 24px #000a }
    .over { position: absolute; inset: 0; pointer-events: none }
    #lamp { background: radial-gradient(circle at ${v.lamp[0]}% ${v.lamp[1]}%, transparent 25%, rgba(0,0,0,${v.lamp[2]}) 130%) }
    ${v.shadow ? `#shadow { position: absolute; left: ${v.shadow.x}%; top: ${v.shadow.y}%; width: ${v.shadow.w}%; height: ${v.shadow.h}%; transform: rotate(${v.shadow.angle}deg); border-radius: 40%; background: rgba(0,0,0,${v.shadow.dark}); filter: blur(38px) }` : ''}
    #noise { width: 100%; height: 100%; mix-blend-mode: overlay; opacity: ${v.noise} }</style>
    <div id=camera><div id=paper>${paper}</div></div><div class=over id=lamp></div><div id=shadow></div><canvas class=over id=noise></canvas>`
}
const grain = ([seed, w, h]) => {
  const canvas = document.getElementById('noise')
  canvas.width = w
  canvas.height = h
  const c = canvas.getContext('2d')
  const data = c.createImageData(w, h)
  let s = seed
  for (let i = 0; i < data.data.length; i += 4) {
    s = (Math.imul(s, 1103515245) + 12345) & 0x7fffffff
    data.data[i] = data.data[i + 1] = data.data[i + 2] = (s >> 16) & 255
    data.data[i + 3] = 255
  }
  c.putImageData(data, 0, 0)
}
const turn = async ([url, degrees, quality]) => {
  const image = new Image()
  image.src = url
  await image.decode()
  const canvas = document.createElement('canvas')
  const side = degrees % 180 !== 0
  canvas.width = side ? image.height : image.width
  canvas.height = side ? image.width : image.height
  const c = canvas.getContext('2d')
  c.translate(canvas.width / 2, canvas.height / 2)
  c.rotate((degrees * Math.PI) / 180)
  c.drawImage(image, -image.width / 2, -image.height / 2)
  return canvas.toDataURL('image/jpeg', quality / 100)
}

mkdirSync(out, { recursive: true })
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell', args: ['--no-sandbox'] })
const done = {}
for (let p = 0; p < nPapers; p++) {
  const r = chance(1000 + p)
  const [kind, make] = kinds[p % kinds.length]
  const name = `${kind}-${String(p).padStart(2, '0')}`
  const style = css(r)
  const paper = make(r)
  const flat = await browser.newPage({ viewport: { width: 900, height: 1200 }, deviceScaleFactor: 2 })
  await flat.setContent(`<!doctype html><meta charset=utf-8><style>${style}</style>${paper}`)
  const sheet = flat.locator('.receipt, .sheet')
  const size = await sheet.boundingBox()
  const text = (await sheet.innerText()).split('\n').map((l) => l.replace(/\t/g, ' ').replace(/\s+/g, ' ').trim()).filter(Boolean)
  writeFileSync(join(out, `${name}.gt.txt`), `${text.join('\n')}\n`)
  writeFileSync(join(out, `${name}.png`), await sheet.screenshot())
  await flat.close()
  for (let i = 0; i < nVariants; i++) {
    const v = variantOf(r, i)
    const page = await browser.newPage({ viewport: { width: 900, height: 1200 }, deviceScaleFactor: v.height / 1200 })
    await page.setContent(`<!doctype html><meta charset=utf-8>${photo(style, paper, v, size)}`)
    await page.evaluate(grain, [p * 100 + i + 1, Math.round((v.height * 3) / 4 / 2), Math.round(v.height / 2)])
    let jpeg = await page.screenshot({ type: v.turned ? 'png' : 'jpeg', ...(v.turned ? {} : { quality: v.quality }) })
    if (v.turned) {
      const url = await page.evaluate(turn, [`data:image/png;base64,${jpeg.toString('base64')}`, v.turned, v.quality])
      jpeg = Buffer.from(url.slice(url.indexOf(',') + 1), 'base64')
    }
    await page.close()
    const file = `${name}.photo${String(i).padStart(2, '0')}.jpg`
    writeFileSync(join(out, file), jpeg)
    done[file] = v
  }
  console.log(`${name}: ${nVariants} photos, ${text.length} lines`)
}
writeFileSync(join(out, 'photos.json'), JSON.stringify(done, null, 1))
await browser.close()
