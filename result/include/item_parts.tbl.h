/* What a line item is made of: X("name", TYPE), types as in fields.tbl.h. */
X("description", TEXT)
X("quantity", NUMBER)
X("unit", TEXT)
X("unit_price", MONEY)
X("amount", MONEY)
X("tax_rate", NUMBER) /* percent */
