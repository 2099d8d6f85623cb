/* POSIX extended; \b, \s, \W as glibc has them */

/* "(123456-X)", "CO. REG. NO: 123456-X", "CO NO: (AB123456)" at the end of a name */
X(REGISTRATION_TAIL, "\\s*([([]?\\s*(CO(MPANY)?\\.?\\s*)?(REG\\.?\\s*)?(NO\\.?)?\\s*[:.]?\\s*(\\(?[A-Z]{0,3}["
                     "0-9]{4,}[A-Z0-9]*\\s*-?\\s*[A-Z0-9]{0,2}\\)?|"
                     "\\([A-Z0-9]{5,}\\s*-\\s*[A-Z0-9]\\))\\s*[])]?)\\s*$")
/* anything in brackets at the end */
X(BRACKET_TAIL, "(\\s*\\([^)]*\\)?)\\s*$")
/* up to the legal form, when something follows it */
X(LEGAL_FORM, "^(.*(SDN\\.? ?BHD\\.?|BERHAD|S/B|BHD\\.?))\\W.*$")
/* what stands before a name: "OWNED BY", "RECEIPT FROM:" */
X(OWNER_HEAD,
  "^((DIMILIKI( OLEH)?|OWNED BY|OWN BY|OWNER BY|OPERATED BY|MANAGED BY|LICENSEE OF|BY|RECEIPT FROM|COMPANY( NAME)?|"
  "ПРОДАВЕЦ|УПРАВЛЯЮЩАЯ ОРГАНИЗАЦИЯ|УПРАВЛЯЮЩАЯ КОМПАНИЯ|ОРГАНИЗАЦИЯ|ПОСТАВЩИК|ИСПОЛНИТЕЛЬ|МАГАЗИН|КАССОВЫЙ ЧЕК|"
  "НАИМЕНОВАНИЕ ПОЛУЧАТЕЛЯ|ПОЛУЧАТЕЛЬ ПЛАТЕЖА|ПОЛУЧАТЕЛЬ|ПЕРЕВОЗЧИК|АВИАКОМПАНИЯ:|НАЛОГОВЫЙ АГЕНТ)\\s*"
  "(\\(ИСПОЛНИТЕЛЬ\\))?\\s*:?\\s*)")
/* "TEL 03-...", "FAX", "GST ID", "COMPANY REG NO: 75495-W", "SITE: 2188" after an address */
X(PHONE_TAIL, "(\\s*[,.;]?\\s*\\b((TEL|PHONE|FAX|HP|H/P|GST|HOTLINE|CONTACT|COMPANY REG|CO\\.? REG|REG\\.? NO|"
              "ТЕЛ|ФАКС|ИНН)\\b.*|SITE ?:.*|01[0-9]-[0-9]{7,8}\\.?))$")
/* "ADDRESS:", "HQ:" before it */
X(ADDRESS_HEAD, "^((HQ )?ADD(RESS|R)?\\.?\\s*[:.]\\s*|\\(?CO\\.? ?REG[^)]*\\)\\s*|HQ\\s*[:.]\\s*|"
                "(АДРЕС|МЕСТО РАСЧЕТОВ|МЕСТО РАСЧЁТОВ)( РАСЧЕТОВ| МАГАЗИНА)?\\s*[:.]\\s*)")
X(STATE_WORD, "SELANGOR|KUALA|JOHOR|MALAYSIA|PERAK|PENANG|MELAKA|PAHANG|KEDAH|SEMBILAN|W\\.?P")
/* how firms' names end, or begin in Russia */
X(LEGAL_END, "(BHD\\.?|S/B|ENTERPRISE|TRADING|\\b(LTD|LIMITED|GMBH|AG|KG|INC|LLC|CORP|CORPORATION|PLC|B\\.V|S\\.A)\\.?)"
             "\\s*$|^(ООО|ОАО|ПАО|АО|ЗАО|ИП) ")
X(TIME, "[0-9]{1,2}\\s?[:.]\\s?[0-9]{2}")
X(CLOCK, "[0-9]{1,2}:[0-9]{2}")
X(DATE_STRANGER, "DUE|EXP|VALID|UNTIL|FROM|EFFECT|PRINT|BIRTH|PERIOD|GST|SINCE|СРОК|ДО |РОЖД")
X(DOCUMENT_WORD, "INV|BILL|RECEIPT|DOC|TRAN")
X(ANY_SUM, "[0-9][.,][0-9]{2}")
