// What people type and tap, and the API's own vocabulary.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { messages } from './messages'
import { speak } from './stage'
import { amountOf, dateOf, draftOf, faultOf, fieldTypes, hundredths, ofHundredths, plainAmount, tapped, timeOf, wireOf } from '../src/lib/values'

const rows = (file: string, pattern: RegExp) => [...readFileSync(`../result/include/${file}`, 'utf8').matchAll(pattern)]
test('every field of the service is known here, by its type, and has a name in both languages; no other has', () => {
  const table = rows('fields.tbl.h', /^X\(\w+, "(\w+)", (\w+)/gm)
  expect(Object.fromEntries(table.map((r) => [r[1], r[2]!.toLowerCase()]))).toEqual(fieldTypes)
  for (const locale of ['en', 'ru'] as const) expect(Object.keys(messages[locale].result.name).sort(), locale).toEqual(table.map((r) => r[1]).sort())
})
test('every kind of paper has a name in both languages, and no other has', () => {
  const kinds = rows('types.tbl.h', /^X\(\w+, "(\w+)"\)/gm).map((r) => r[1]!)
  for (const locale of ['en', 'ru'] as const) expect(Object.keys(messages[locale].docType).sort()).toEqual([...kinds].sort())
})

test.each([
  ['1 234,50', '1234.50'], ['1,234.50', '1234.50'], ['1.234,5', '1234.5'], ['12', '12'], ['−9.00', '-9.00'], ['1,234', '1234'], ['12.34', '12.34'], ["1'234.00", '1234.00'],
])('%s is the amount %s', (typed, amount) => expect(plainAmount(typed)).toBe(amount))
test.each([
  ['TOTAL £17.17', { amount: '17.17', currency: 'GBP' }], ['=1284.50', { amount: '1284.50', currency: '' }], ['RM 9.00', { amount: '9.00', currency: 'MYR' }], ['1 234,50 ₽', { amount: '1234.50', currency: 'RUB' }],
  ['12.00 CHF', { amount: '12.00', currency: 'CHF' }], ['none', null],
])('%s on paper', (print, money) => expect(amountOf(print)).toEqual(money))
test.each([
  ['14/03/2026', '2026-03-14'], ['03.12.19', '2019-12-03'], ['2018-03-25', '2018-03-25'], ['12/25/2020', '2020-12-25'], ['5 March 2026', '2026-03-05'], ['17 февраля 2026', '2026-02-17'], ['31.02.2026', null], ['soon', null],
])('%s is the day %s', (print, iso) => expect(dateOf(print)).toBe(iso))
test('a time of day', () => { expect(timeOf('Time: 9:05')).toBe('09:05'); expect(timeOf('99:99')).toBeNull() })

test('faults are told by type', () => {
  expect(faultOf('text', { text: ' ', currency: '' })).toBe('badEmpty')
  expect(faultOf('date', { text: '2026-02-30', currency: '' })).toBe('badDate')
  expect(faultOf('money', { text: '12.3456', currency: 'EUR' })).toBe('badMoney')
  expect(faultOf('money', { text: '12.34', currency: 'EURO' })).toBe('badCurrency')
  expect(faultOf('money', { text: '1 234,50', currency: '' })).toBeNull()
  expect(faultOf('number', { text: '0,84', currency: '' })).toBeNull()
})
test('what is sent', () => {
  expect(wireOf('money', { text: '1 234,50', currency: 'RUB' })).toEqual({ amount: '1234.50', currency: 'RUB' })
  expect(wireOf('number', { text: '0,84', currency: '' })).toBe(0.84)
  expect(wireOf('text', { text: ' Teapots ', currency: '' })).toBe('Teapots')
})
test('a field is edited as it was normalised', () => {
  expect(draftOf('money', { value: 'EUR 17,17', normalized: { amount: '17.17', minor: 1717, exp: 2, currency: 'EUR' } })).toEqual({ text: '17.17', currency: 'EUR' })
  expect(draftOf('date', { value: '5/3/26', normalized: null })).toEqual({ text: '2026-03-05', currency: '' })
})
test('in Russian a number in a field has a comma, and what is sent is the same', () => {
  speak('ru')
  const draft = draftOf('money', { value: '1234,50', normalized: { amount: '1234.50', minor: 123450, exp: 2, currency: 'RUB' } })
  expect(draft).toEqual({ text: '1234,50', currency: 'RUB' })
  expect([faultOf('money', draft), wireOf('money', draft)]).toEqual([null, { amount: '1234.50', currency: 'RUB' }])
  expect(wireOf('number', draftOf('number', { value: '0,345', normalized: 0.345 as never }))).toBe(0.345)
  expect(tapped('money', { text: '', currency: 'RUB' }, '=99.90', true).text).toBe('99,90')
  speak('en')
})
test('words that are tapped become the value, or more of it', () => {
  const none = { text: 'TEAPOT', currency: '' }
  expect(tapped('text', none, 'KETTLE', true).text).toBe('KETTLE')
  expect(tapped('text', { text: 'KETTLE', currency: '' }, 'LTD', false).text).toBe('KETTLE LTD')
  expect(tapped('date', none, 'rubbish', true).text).toBe('TEAPOT')
  expect(tapped('money', { text: '', currency: 'EUR' }, '17.17', true)).toEqual({ text: '17.17', currency: 'EUR' })
})
test('sums are exact', () => {
  expect(hundredths('0.1')! + hundredths('0.2')!).toBe(30n)
  expect(ofHundredths(-5n)).toBe('-0.05')
  expect(hundredths('x')).toBeNull()
})
