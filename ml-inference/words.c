#include "words.h"

#include "own.h"

/* Words that many sellers share. A name of nothing but these is the tail of one: "CO. (M) SDN BHD". */
static const char *const generic[] = {
    "SDN",     "BHD",       "BERHAD",     "S/B",        "ENTERPRISE",   "TRADING",    "CO",
    "COMPANY", "M",         "AND",        "MARKETING",  "HARDWARE",     "STATIONERY", "RESTAURANT",
    "CAFE",    "RESTORAN",  "SHOP",       "MART",       "SUPERMARKET",  "BOOK",       "BOOKS",
    "STORE",   "BAKERY",    "PHARMACY",   "FOOD",       "SERVICES",     "RETAIL",     "HOLDINGS",
    "THE",     "MALAYSIA",  "INDUSTRIES", "ELECTRICAL", "HYPERMARKET",  "DIVISION",   "GROUP",
    "PLT",     "RESOURCES", "SUPPLIES",   "PERNIAGAAN", "DISTRIBUTOR",  "SERVICE",    "SALES",
    "TRADE",   "CENTRE",    "CENTER",     "EQUIPMENT",  "INTERNATIONAL"};
/* What joins words in any running text, and hardly stands in tables and tills. */
static const char *const joints[] = {
    "THE",  "OF",    "AND", "IN",  "THAT", "IS",  "WAS", "WITH", "FOR", "AS",  "BE",  "BY",
    "THIS", "WHICH", "ARE", "ON",  "IT",   "HAS", "NOT", "OR",   "И",   "В",   "НА",  "С",
    "ПО",   "ЧТО",   "НЕ",  "К",   "КАК",  "О",   "ИЗ",  "ЕГО",  "ОТ",  "ДЛЯ", "DER", "DIE",
    "DAS",  "UND",   "DEN", "MIT", "DE",   "LA",  "LE",  "ET",   "EN",  "IST", "EIN", "VON",
    "ZU",   "HET",   "EEN", "LES", "DES",  "QUE", "EL",  "DU",   "UNE", "EST"};
/* How letters begin */
static const char *const greetings[] = {"DEAR ", "УВАЖАЕМ", "ДОРОГ",  "ЗДРАВСТВУЙ", "SEHR GEEHRT", "LIEBE",
                                        "HELLO", "TO WHOM", "MADAME", "MONSIEUR",   "ДОБРЫЙ ДЕНЬ", "GEACHTE"};
/* and end. */
static const char *const closings[] = {
    "SINCERELY",    "YOURS",       "REGARDS",        "BEST REGARDS",     "KIND REGARDS",
    "RESPECTFULLY", "CORDIALLY",   "BEST WISHES",    "WARM REGARDS",     "VERY TRULY",
    "С УВАЖЕНИЕМ",  "ИСКРЕННЕ",    "MIT FREUNDLICH", "HOCHACHTUNGSVOLL", "С НАИЛУЧШ",
    "CORDIALEMENT", "VEUILLEZ AGR"};
/* Before a sum: what was handed over, */
static const char *const paying[] = {"CASH", "TENDER", "TENDERED", "CREDIT", "CARD",
                                     "VISA", "MASTER", "PAID",     "DEBIT"};
/* what came back, */
static const char *const change[] = {"CHANGE", "BALANCE"};
/* a total of some part, */
static const char *const parts[] = {"SUB",  "%",   "EXCL", "BEFORE", "QTY",   "ITEM",
                                    "DISC", "SAV", "TAX",  "GST",    "ROUND", "SUPPLIES"};
/* what is to be paid in the end. */
static const char *const ends[] = {"PAYABLE", "DUE",     "GRAND",   "NET",   "TO PAY",
                                   "INCL",    "PAYMENT", "ROUNDED", "AFTER", "FINAL"};
/* Streets and what stands for one, */
static const char *const streets[] = {
    "STREET", "ST",      "STR",     "AVENUE",     "AVE",     "ROAD",   "RD",       "BOULEVARD", "BLVD",
    "LANE",   "LN",      "DRIVE",   "DR",         "WAY",     "COURT",  "SQUARE",   "PLACE",     "HIGHWAY",
    "HWY",    "PARKWAY", "SUITE",   "BOX",        "JALAN",   "JLN",    "STRASSE",  "WEG",       "PLATZ",
    "RUE",    "QUAI",    "CHEMIN",  "CALLE",      "VIA",     "PIAZZA", "CORSO",    "RUA",       "AVENIDA",
    "PLAZA",  "STRAAT",  "ULICA",   "УЛ",         "УЛИЦА",   "ПР",     "ПРОСПЕКТ", "ПЕР",       "ПЕРЕУЛОК",
    "ШОССЕ",  "НАБ",     "БУЛЬВАР", "НАБЕРЕЖНАЯ", "ПЛОЩАДЬ", "МКР",    "ТРАКТ",    "ПРОЕЗД",    "ВУЛ"};
/* and how their names end. */
static const char *const street_ends[] = {"STRASSE", "STRAßE", "STR",    "GASSE", "WEG",  "PLATZ",
                                          "ALLEE",   "STRAAT", "GRACHT", "LAAN",  "KADE", "GATAN"};
/* Titles of papers and of their parts begin so, */
static const char *const title_begins[] = {
    "КАССОВЫЙ ЧЕК",
    "КАССОВЫИ ЧЕК",
    "ПРИХОД",
    "ВОЗВРАТ ПРИХОДА",
    "ТОВАРНЫЙ ЧЕК",
    "ДОБРО ПОЖАЛОВАТЬ",
    "ДОГОВОР ",
    "ТРУДОВОЙ ДОГОВОР",
    "СОГЛАШЕНИЕ",
    "ДОПОЛНИТЕЛЬНОЕ СОГЛАШЕНИЕ",
    "АКТ ",
    "СПРАВКА ",
    "ВЫПИСКА ",
    "ЗАЯВЛЕНИЕ",
    "ДОВЕРЕННОСТЬ",
    "РАСПИСКА",
    "УВЕДОМЛЕНИЕ",
    "ПОСТАНОВЛЕНИЕ",
    "ПРОТОКОЛ",
    "ПРИКАЗ ",
    "АНКЕТА",
    "ПРИЛОЖЕНИЕ ",
    "СЧЕТ ",
    "СЧЁТ ",
    "СЧЕТ-ФАКТУРА",
    "СЧЁТ-ФАКТУРА",
    "НАКЛАДНАЯ ",
    "КВИТАНЦИЯ ",
    "ПЛАТЕЖНОЕ ПОРУЧЕНИЕ",
    "ПЛАТЁЖНОЕ ПОРУЧЕНИЕ",
    "РЕЗУЛЬТАТЫ ",
    "ПОВЕСТКА",
    "NOTICE OF",
    "STATEMENT OF",
    "CERTIFICATE OF",
    "APPLICATION FOR",
    "INSTRUCTIONS FOR",
    "MINUTES OF",
    "TERMS AND CONDITIONS",
    "SCHEDULE ",
    "SUBJECT:",
    "RE:",
    "DEAR ",
    "PAGE ",
};
/* or end so. */
static const char *const title_ends[] = {" AGREEMENT",   " CONTRACT",    " STATEMENT",     " CERTIFICATE",
                                         " APPLICATION", " DECLARATION", " QUESTIONNAIRE", " NOTICE"};

const struct words word_lists[WORDS_COUNT] = {
    [WORDS_GENERIC] = {"generic", generic, ARRAY_LEN(generic)},
    [WORDS_JOINTS] = {"joints", joints, ARRAY_LEN(joints)},
    [WORDS_GREETINGS] = {"greetings", greetings, ARRAY_LEN(greetings)},
    [WORDS_CLOSINGS] = {"closings", closings, ARRAY_LEN(closings)},
    [WORDS_PAYING] = {"paying", paying, ARRAY_LEN(paying)},
    [WORDS_CHANGE] = {"change", change, ARRAY_LEN(change)},
    [WORDS_PARTS] = {"parts", parts, ARRAY_LEN(parts)},
    [WORDS_ENDS] = {"ends", ends, ARRAY_LEN(ends)},
    [WORDS_STREETS] = {"streets", streets, ARRAY_LEN(streets)},
    [WORDS_TITLE_BEGINS] = {"title_begins", title_begins, ARRAY_LEN(title_begins)},
    [WORDS_TITLE_ENDS] = {"title_ends", title_ends, ARRAY_LEN(title_ends)},
    [WORDS_STREET_ENDS] = {"street_ends", street_ends, ARRAY_LEN(street_ends)},
};
