/* Every field there is.
 *
 * X(ID, "name", TYPE, "kinds of paper it belongs to", "how it is normalised")
 *
 * TYPE: TEXT, DATE (2018-03-25), TIME (14:05), MONEY {amount, minor, exp, currency}, CODE (no blanks,
 * capitals), NUMBER. Kinds: r receipt, i invoice, u utility bill, b bank statement, c card slip,
 * t ticket, m medical, x tax, * all. A field that a paper's kind does not have is not looked for on it, unless the
 * kind is other or doubtful.
 */
X(MERCHANT_NAME, "merchant_name", TEXT, "*", "as printed; spelt as the sender is known")
X(MERCHANT_ADDRESS, "merchant_address", TEXT, "*", "lines joined by blanks")
X(MERCHANT_PHONE, "merchant_phone", CODE, "riucmt", "digits, + kept")
X(MERCHANT_TAX_ID, "merchant_tax_id", CODE, "riubcmtx", "INN: 10 or 12 digits, check digits hold")
X(MERCHANT_KPP, "merchant_kpp", CODE, "riubx", "9 characters")
X(MERCHANT_VAT_ID, "merchant_vat_id", CODE, "riu", "country and number, or GST number, without blanks")
X(DOCUMENT_NUMBER, "document_number", CODE, "riubcmtx", "as printed, without blanks")
X(DATE, "date", DATE, "*", "local calendar date")
X(TIME, "time", TIME, "rct", "24 hours")
X(DUE_DATE, "due_date", DATE, "iux", "local calendar date")
X(CURRENCY, "currency", CODE, "riubct", "ISO 4217")
X(SUBTOTAL, "subtotal", MONEY, "riu", "minor units")
X(TAX, "tax", MONEY, "riut", "minor units")
X(TOTAL, "total", MONEY, "riucmt", "minor units")
X(PAID, "paid", MONEY, "rc", "minor units")
X(CHANGE, "change", MONEY, "r", "minor units")
X(PAYMENT_METHOD, "payment_method", CODE, "rct", "cash, card or transfer")
X(CARD_LAST4, "card_last4", CODE, "rct", "four digits")
X(IBAN, "iban", CODE, "iub", "without blanks, check digits hold")
X(BIC, "bic", CODE, "iub", "8 or 11 characters; nine digits in Russia")
X(ACCOUNT, "account", CODE, "iub", "20 digits; the check digit holds where a BIC stands there")
X(RECIPIENT, "recipient", TEXT, "iu", "as printed")
X(PERIOD, "period", TEXT, "uibx", "first and last day: 2024-03-01/2024-03-31")
X(CATEGORY, "category", CODE, "riubctm", "what was paid for: a word of ml-inference/categories.tbl.h")
