// plural('ru', n, { one, few, many, other }): the form that the language wants for this number.
type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }
const rules: Record<string, Intl.PluralRules> = {}
export const plural = (locale: string, n: number, forms: Forms): string => {
  rules[locale] ??= new Intl.PluralRules(locale)
  return (forms[rules[locale].select(n)] ?? forms.other).replace('#', new Intl.NumberFormat(locale).format(n))
}
