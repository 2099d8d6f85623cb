"""What household papers say: the vocabulary that the generator draws from.

Headwords come from Debian's `wamerican` and `hunspell-ru`, running prose from `fortunes` (BSD) and
`fortunes-ru` (GPL-2); the phrases are ours.
"""
import glob
import os
import random
import re

RU = """кассовый чек|приход|возврат прихода|касса|кассир|смена|чек №|итого|итог|к оплате|всего|наличными|безналичными|
безналичные|сдача|получено|скидка|сумма|сумма ндс 10%|сумма ндс 20%|ндс 20%|ндс 10%|ндс 0%|без ндс|сно: осн|усн доход|
сайт фнс: www.nalog.gov.ru|зн ккт|рн ккт|инн|кпп|бик|огрн|фн №|фд №|фп:|фпд|заводской номер|адрес расчетов|место расчетов|
электронными|карта мир|карта visa|эквайринг|спасибо за покупку!|приходите ещё|добро пожаловать|продажа|товар|услуга|
наименование|кол-во|количество|цена|стоимость|ед. изм.|шт.|шт|кг|упак.|пакет майка|пакет|молоко 3,2%|кефир 1%|хлеб ржаной|
батон нарезной|сыр российский|масло сливочное|яйцо куриное с1|сметана 20%|творог 5%|колбаса докторская|вода минеральная|
чай черный|кофе растворимый|сахар-песок|гречка|рис круглозерный|макароны|картофель|лук репчатый|морковь|яблоки|бананы|
огурцы|томаты|курица охл.|филе грудки|сок яблочный|печенье|шоколад молочный|мороженое пломбир|корм для кошек|
порошок стиральный|бумага туалетная|салфетки|шампунь|зубная паста|бензин аи-95|аи-92|дизельное топливо|литр|колонка №|
ооо|ао|пао|ип|зао|магнит|пятёрочка|перекрёсток|лента|дикси|ашан|вкусвилл|аптека|столовая|кафе|ресторан|супермаркет|
г. москва|санкт-петербург|г. екатеринбург|г. казань|ул. ленина|ул. мира|пр-т победы|проспект|д.|дом|корп.|стр.|кв.|
московская обл.|район|помещение|литера а|квитанция|счёт-фактура|счет на оплату|счет №|от|договор|акт|накладная|
поставщик|покупатель|плательщик|получатель|банк получателя|р/с|к/с|назначение платежа|оплата по счету|основание|
единый платежный документ|лицевой счет|период|январь|февраль|март|апрель|май|июнь|июль|август|сентябрь|октябрь|ноябрь|
декабрь|января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря|коммунальные услуги|
холодная вода|горячая вода|водоотведение|электроэнергия|отопление|содержание жилья|капитальный ремонт|вывоз тко|
тариф|показания|начислено|долг|пени|перерасчет|к оплате за|дата|время|телефон|факс|эл. почта|подпись|м.п.|директор|
главный бухгалтер|уважаемый клиент|уважаемая|здравствуйте|сообщаем вам, что|просим оплатить до|с уважением|выписка|
остаток на начало|остаток на конец|операция|списание|зачисление|перевод|комиссия|валюта|рублей|рубль|руб.|коп.|копеек|
карта лояльности|бонусы|бонусов начислено|баланс|скидка по карте|покупатель:|заказ №|столик|официант|гостей|блюдо|
салат цезарь|борщ|котлета по-киевски|пицца маргарита|капучино|американо|чаевые|доставка|курьер|оплачено|терминал|
одобрено|код авторизации|ссылка|подъезд|этаж|объект|щётка|чаёк|съёмка|подъём|юбилей|цыплёнок|эскимо|хлопья|мясо|рыба""".replace("\n", "").split("|")

EN = """tax invoice|receipt|cash|cash sale|change|total|subtotal|sub total|grand total|total amount|total due|amount due|balance|
rounding adj|rounding adjustment|discount|gst 6%|sst 6%|vat 20%|vat|sales tax|service charge 10%|qty|item|price|amount|
description|unit price|invoice no|inv no.|date|time|cashier|counter|table|pax|order no|bill no|member|points|
thank you|thank you for shopping with us|please come again|goods sold are not refundable|no exchange|no refund|
tel|fax|email|www|company reg no|gst reg no|gst id|visa|mastercard|debit card|credit card|approval code|terminal id|
sdn bhd|sdn. bhd.|ltd|limited|inc.|llc|gmbh|s.a.|trading|enterprise|restaurant|hardware|supermarket|pharmacy|bakery|
jalan|taman|road|street|avenue|kuala lumpur|selangor|johor bahru|london|new york|berlin|milk|bread|eggs|butter|cheese|
chicken rice|fried rice|teh tarik|iced lemon tea|coffee|latte|burger|fries|salad|soup|mineral water|orange juice|
chocolate|biscuit|shampoo|toothpaste|tissue|battery|light bulb|screwdriver|paint|plastic bag|paper bag|pcs|pc|kg|pkt|
btl|box|ea|each|unit|@|statement of account|account number|opening balance|closing balance|payment due date|
please pay by|previous balance|payments received|new charges|meter reading|usage kwh|water|electricity|gas|internet|
customer number|dear sir or madam|dear customer|yours sincerely|kind regards|ship to|bill to|purchase order|
net 30 days|payment terms|bank transfer|iban|bic|reference|page 1 of 2|signature|name|address|phone|city|state|zip code""".replace("\n", "").split("|")

EUROPEAN = """Rechnung|Rechnungsnummer|Steuernummer|USt-IdNr.|Gesamtbetrag|MwSt. 19%|Summe|Bar|Rückgeld|Straße|Lieferung|
Übertrag|Stück|Menge|Größe|Käse|Brötchen|Äpfel|Öl|Müller GmbH|Zahlbar innerhalb 14 Tagen ohne Abzug|Vielen Dank für Ihren Einkauf|
Facture n°|Montant à payer|TVA 20%|Reçu|Espèces|Numéro de client|Société générale|Pâtisserie|Crème brûlée|Bœuf|Hôtel|
Garçon|Noël|août|février|décembre|Échéance|Prélèvement|Merci de votre visite à bientôt|Où|naïve|
Factura|Número|Dirección|Teléfono|¡Gracias por su compra!|¿Qué tal?|España|Año|Señor|Jamón ibérico|Piña|Cañón|Crédito|
Número de identificação|Endereço|São Paulo|Pão de queijo|Maçã|Atenção|Não fiscal|Câmara|Avó|Opções|
Fattura|Quantità|Città|Perché|Caffè|È|Più|Totale complessivo|Società|
Faktura VAT|Sprzedawca|Nabywca|Łódź|Kraków|Gdańsk|Świeże|Żółty ser|Źródło|Ćwikła|Ślęza|Należność|Dziękujemy|
Účtenka|Děkujeme|Česká|Příbram|Řeka|Žižkov|Ťuk|Ďáblice|Město|Svíčková na smetaně|Kč|Ůsměv|
Köszönjük|Főösszeg|Áfa|Győr|Űrlap|Számla|Összesen|Çay|Şişli|İstanbul|Ağ|ışık|Teşekkürler|Ürün|Kâğıt|
Mulțumim|București|Șosea|Țară|Încasat|Preț|Smörgås|Kött|Åre|Øl|Rødgrød|Kærlig|Malmö|Ærø|Þór|Ísland|Garðabær|
Rīga|Kopā|Jūs|Ēka|Ģimene|Ķekava|Ļaudis|Ņem|Žemė|Šiauliai|Čekis|Ačiū""".replace("\n", "").split("|")

UA = "разом|сума|пдв|готівка|решта|київ|вул.|дякуємо за покупку|їжа|європа|ґанок|квитанція|рахунок|дзякуй|ўсяго|мінск|чэк".split("|")


def headwords():
    """(English, Russian) headwords of the system's dictionaries."""
    with open("/usr/share/dict/american-english", encoding="utf-8") as f:
        english = [w.strip() for w in f if not w.strip().endswith("'s") and len(w) < 14]
    with open("/usr/share/hunspell/ru_RU.dic", encoding="utf-8") as f:
        russian = [w.strip().split("/")[0] for w in f.readlines()[1:]]
    return english, [w for w in russian if 1 < len(w) < 16]


NO_PROSE = re.compile(r"[.](dat|u8)$|/(art|ascii-art|magic|translate-me|perl|knghtbrd|zippy)$")


def prose():
    """(English, Russian): paragraphs as people write them, with their quotes, hyphens and apostrophes."""
    out = []
    for folder, letter in (("/usr/share/games/fortunes/*", "[a-z]"), ("/usr/share/games/fortunes/ru/*", "[а-яё]")):
        paragraphs = []
        for path in sorted(glob.glob(folder)):
            if NO_PROSE.search(path) or os.path.isdir(path):
                continue
            with open(path, encoding="utf-8", errors="replace") as f:
                for saying in f.read().split("\n%\n"):
                    text = " ".join(saying.split())
                    if len(text) > 60 and len(re.findall(letter, text)) > .65 * len(text):
                        paragraphs.append(text)
        out.append(paragraphs)
    return out


def prose_line(paragraphs):
    """A line as a column of print cuts it out of a paragraph; a word that does not fit is broken by a hyphen."""
    text = random.choice(paragraphs)
    want = random.randint(14, 58)
    start = random.choice([0] + [m.end() for m in re.finditer(" ", text) if m.end() < len(text) - 20])
    line = text[start:start + want]
    rest = text[start + want:start + want + 1]
    if rest and rest != " ":
        whole, _, part = line.rpartition(" ")
        if len(part) > 1 and part.isalpha() and rest.isalpha() and random.random() < .6:
            line += "-"
        else:
            line = whole
    if random.random() < .12:
        number = random.choice([str(random.randint(1, 999)), str(random.randint(1500, 2030)), f"{random.randint(1, 999)},000", "100"])
        line = re.sub(r" \w+(?=[ .,])", " " + number, line, count=1)
    line = re.sub(" --? (?=[A-Za-zА-яЁё])", lambda m: random.choice([m[0], "--", "-"]), line)
    r = random.random()
    if r < .06:
        line = random.choice(["-- ", "--", "- ", "(", "* ", "1. ", "• ", "• "]) + line
    elif r < .18:  # somebody says it
        line = random.choice(['"', '"', '"', "'", "«"]) + line + random.choice(["", "", '"', '."', ',"', '!"', '?"', "."])
    elif r < .23:
        line = random.choice(['"I ', '"I\'ve ', '"I\'m ', '"I\'d ', "I'll ", "'I ", '"A ', '"Oh! ', "'Tis "]) + line[:1].lower() + line[1:]
    elif r < .37 and line.count(" ") > 3:
        parts = line.split(" ")
        k = random.randrange(1, len(parts) - 1)
        if r < .27:
            parts[k] = random.choice(['"', '"', "'", "("]) + parts[k]
            parts[-1] += {"(": ")"}.get(parts[k][0], parts[k][0])
        else:
            parts[k:k + 2] = [parts[k] + random.choice(["-", "--", "--"]) + parts[k + 1]]
        line = " ".join(parts)
    elif r < .39:
        line += "--"
    return line.upper() if random.random() < .03 else line.title() if random.random() < .02 else line


def digits(n):
    return "".join(random.choice("0123456789") for _ in range(n))


def money(russian):
    whole = random.choice([random.randint(0, 99), random.randint(0, 9999), random.randint(0, 999999)])
    cents = digits(2)
    grouped = f"{whole:,}"
    if russian:
        grouped = random.choice([str(whole), grouped.replace(",", " "), grouped.replace(",", " ")])
        text = grouped + random.choice([".", ",", "-", "="]) + cents
        return random.choice(["", "", "="]) + text + random.choice(["", "", "", " ₽", "₽", " руб.", " р.", " руб", " A", "*"])
    style = random.random()
    if style < .2:
        text = grouped.replace(",", ".") + "," + cents
    else:
        text = random.choice([str(whole), grouped]) + "." + cents
    before = random.choice(["", "", "", "", "RM", "RM ", "$", "$ ", "€", "€ ", "£", "-", "¥", "USD ", "EUR ", "MYR "])
    return before + text + random.choice(["", "", "", "", " €", " SR", " S", " T", "-", " EUR", " Z", " A", " kr"])


def date(russian):
    d, m, y = random.randint(1, 31), random.randint(1, 12), random.randint(1990, 2030)
    name = random.choice(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"])
    long = random.choice(["января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября",
                          "октября", "ноября", "декабря"])
    forms = [f"{d:02}/{m:02}/{y}", f"{d:02}.{m:02}.{y}", f"{d:02}-{m:02}-{y}", f"{d}/{m}/{y % 100:02}", f"{d:02}.{m:02}.{y % 100:02}",
             f"{y}-{m:02}-{d:02}", f"{d:02} {name} {y}", f"{d:02}-{name}-{y}", f"{name} {d}, {y}", f"{m:02}/{d:02}/{y}"]
    if russian:
        forms = forms[:6] + [f"{d} {long} {y} г.", f"«{d:02}» {long} {y} г.", f"{d} {long} {y}"]
    text = random.choice(forms)
    if random.random() < .3:
        text += " " + time()
    return text


def time():
    text = f"{random.randint(0, 23):02}:{random.randint(0, 59):02}"
    return text + random.choice(["", "", ":" + f"{random.randint(0, 59):02}", " AM", " PM", "AM", "PM"])


def code(russian):
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return random.choice([
        lambda: digits(random.randint(4, 14)),
        lambda: "(" + digits(6) + "-" + random.choice(letters) + ")",
        lambda: random.choice(letters) + random.choice(letters) + digits(random.randint(3, 8)),
        lambda: digits(3) + "-" + digits(7),
        lambda: "+" + digits(1) + " (" + digits(3) + ") " + digits(3) + "-" + digits(2) + "-" + digits(2),
        lambda: "#" + digits(random.randint(2, 6)),
        lambda: digits(4) + " " + digits(4) + " " + digits(4) + " " + digits(4),
        lambda: "**** **** **** " + digits(4),
        lambda: "".join(random.choice("0123456789ABCDEF") for _ in range(random.randint(6, 16))),
        lambda: str(random.randint(1, 20)) + random.choice([" x ", " X ", "x", " * ", "*", " @ "]) + money(russian),
        lambda: f"{random.uniform(0, 30):.3f}" + random.choice(["", " kg", "kg", " л" if russian else " L"]),
        lambda: str(random.choice([5, 6, 7, 10, 18, 19, 20, 21, 50])) + random.choice(["%", " %", ".00%"]),
        lambda: random.choice(["www.", "http://www.", "https://"]) + random.choice(EN).replace(" ", "").replace("@", "a").lower() + random.choice([".com", ".com.my", ".ru", ".de"]),
        lambda: random.choice(["info", "sales", "mail"]) + "@" + random.choice(EN).replace(" ", "").replace("@", "a").lower() + ".com",
        lambda: "№ " + digits(random.randint(2, 6)) if russian else "No. " + digits(random.randint(2, 6)),
    ])()
