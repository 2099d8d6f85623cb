#include "letters.h"

#include "clock.h"
#include "errands.h"
#include "key_json.h"
#include "session_tokens.h"

#define LETTER_TEXT_MAX (16 * KIB)

/* %s is the link or the extra text. */
struct words {
	const char *subject, *text;
};
static const struct words english[LETTER_MAX] = {
    [LETTER_VERIFY] =
        {"Confirm your e-mail address",
         "Somebody, probably you, gave this address to Docket.\n\nOpen this link within a day to"
         " confirm that it is yours:\n\n%s\n\nIf it was not you, do nothing.\n"},
    [LETTER_RESET] =
        {"A new password",
         "Somebody, probably you, asked for a new password for your account.\n\nOpen this link"
         " within an hour to choose one:\n\n%s\n\nIf it was not you, do nothing: your password stays"
         " as it is.\n"},
    [LETTER_INVITATION] =
        {"An invitation",
         "You are invited to Docket, which reads household papers.\n\nOpen this link within a"
         " week to make an account:\n\n%s\n"},
    [LETTER_PASSWORD_CHANGED] =
        {"Your password was changed",
         "The password of your account was changed, and all devices were logged out. Passkeys,"
         " API tokens, webhooks and calendar addresses stay in force: look through them if somebody"
         " else may know your password.\n\nIf it was not you, ask for a new password at once, and tell who "
         "runs this"
         " service.\n%s"},
    [LETTER_ACCESS_ENDED] =
        {"Your password was changed",
         "The password of your account was changed, and all devices were logged out. This address had not "
         "been"
         " confirmed before, so passkeys, API tokens, webhooks and calendar addresses that were made until "
         "now"
         " have ended as well: make those anew that you need.\n\nIf it was not you, ask for a new password at"
         " once, and tell who runs this service.\n%s"},
    [LETTER_EMAIL_CHANGES] =
        {"Your e-mail address is about to change",
         "Somebody who knows your password asked to change the address of your account to"
         " %s. It changes when the link in the letter to that address is opened.\n\nIf it was"
         " not you, change your password at once.\n"},
    [LETTER_FACTOR_CHANGED] =
        {"Your second factor was changed",
         "The second factor of your account was switched on or off.\n\nIf it was not you,"
         " change your password at once, and tell who runs this service.\n%s"},
    [LETTER_PASSKEYS_CHANGED] =
        {"Your passkeys were changed",
         "A passkey was added to your account or removed from it.\n\nIf it was not you, change your"
         " password at once, remove the passkeys that are not yours, and tell who runs this"
         " service.\n%s"},
    [LETTER_CODES_GUESSED] =
        {"Somebody tries codes of your second factor",
         "Somebody who knows your password tried to log in with several wrong codes of your authenticator"
         " app. If it was you, check the clock of your phone.\n\nIf it was not you, choose a new password at"
         " once: without it nobody gets as far as the code. Until then a code is taken only after longer"
         " and longer waits, from you as well; a recovery code or a passkey lets you in at any time.\n%s"},
    [LETTER_LEAVING] =
        {"Your account will be deleted",
         "You asked for your account to be deleted. Everything of it goes for good on %s.\n\nUntil"
         " then you can log in and take it back.\n"},
};
static const struct words russian[LETTER_MAX] = {
    [LETTER_VERIFY] =
        {"Подтвердите адрес почты",
         "Кто-то, скорее всего вы, указал этот адрес в Docket.\n\nОткройте ссылку в течение суток,"
         " чтобы подтвердить, что адрес ваш:\n\n%s\n\nЕсли это были не вы, ничего не делайте.\n"},
    [LETTER_RESET] =
        {"Новый пароль",
         "Кто-то, скорее всего вы, попросил новый пароль для вашего аккаунта.\n\nОткройте ссылку в"
         " течение часа, чтобы выбрать его:\n\n%s\n\nЕсли это были не вы, ничего не делайте: пароль"
         " останется прежним.\n"},
    [LETTER_INVITATION] = {"Приглашение",
                           "Вас пригласили в Docket, он читает домашние бумаги.\n\nОткройте ссылку в течение"
                           " недели, чтобы завести аккаунт:\n\n%s\n"},
    [LETTER_PASSWORD_CHANGED] =
        {"Ваш пароль изменён",
         "Пароль вашего аккаунта изменён, на всех устройствах выполнен выход. Ключи входа"
         " (passkeys), ключи API, вебхуки и адреса календаря остаются в силе: просмотрите их, если ваш"
         " пароль мог узнать кто-то ещё.\n\nЕсли это были не вы, сразу попросите новый пароль и сообщите "
         "тому, кто ведёт этот"
         " сервис.\n%s"},
    [LETTER_ACCESS_ENDED] =
        {"Ваш пароль изменён",
         "Пароль вашего аккаунта изменён, на всех устройствах выполнен выход. До сих пор этот адрес не был"
         " подтверждён, поэтому ключи входа (passkeys), ключи API, вебхуки и адреса календаря, созданные до"
         " этого, тоже закончились: создайте заново те, что нужны.\n\nЕсли это были не вы, сразу попросите"
         " новый пароль и сообщите тому, кто ведёт этот сервис.\n%s"},
    [LETTER_EMAIL_CHANGES] =
        {"Адрес вашей почты меняется",
         "Кто-то, знающий ваш пароль, попросил сменить адрес аккаунта на %s. Адрес сменится,"
         " когда откроют ссылку из письма на новый адрес.\n\nЕсли это были не вы, сразу"
         " смените пароль.\n"},
    [LETTER_FACTOR_CHANGED] =
        {"Второй фактор изменён",
         "Второй фактор входа в ваш аккаунт включён или выключен.\n\nЕсли это были не вы,"
         " сразу смените пароль и сообщите тому, кто ведёт этот сервис.\n%s"},
    [LETTER_PASSKEYS_CHANGED] =
        {"Ключи входа изменены",
         "К вашему аккаунту добавили ключ входа (passkey) или удалили его.\n\nЕсли это были не вы,"
         " сразу смените пароль, удалите чужие ключи и сообщите тому, кто ведёт этот сервис.\n%s"},
    [LETTER_CODES_GUESSED] =
        {"Кто-то подбирает код для входа",
         "Кто-то, знающий ваш пароль, несколько раз ввёл неверный код из приложения. Если это были вы,"
         " проверьте часы на телефоне.\n\nЕсли это были не вы, сразу смените пароль: без него до кода"
         " никто не дойдёт. До тех пор код принимается со всё более долгими перерывами, и от вас тоже;"
         " запасной код или ключ входа (passkey) действуют всегда.\n%s"},
    [LETTER_LEAVING] = {"Ваш аккаунт будет удалён",
                        "Вы попросили удалить аккаунт. Всё исчезнет насовсем %s.\n\nДо этого можно войти и"
                        " передумать.\n"},
};

bool
mail_is_on(const struct settings *s)
{
	return s->mail_smtp[0] != '\0';
}

enum err
mail_needed(struct request *rq, struct why *why)
{
	return mail_is_on(request_settings(rq)) ? ERR_NONE : fail(why, ERR_NO_MAIL, "%s", "");
}

static void
put_text(struct buf *out, const char *text, const char *extra)
{
	const char *gap = strstr(text, "%s");
	buf_put(out, text, (size_t)(gap - text));
	buf_puts(out, extra);
	buf_puts(out, gap + 2);
}

enum err
letter_send(struct request *rq, enum letter kind, const struct user *user, const char *to, const char *extra,
            struct why *why)
{
	const struct words *w =
	    user->locale && strcmp(user->locale, "ru") == 0 ? &russian[kind] : &english[kind];
	if (!mail_is_on(request_settings(rq)))
		return ERR_NONE;
	OWNED(buf_free) struct buf text = buf_init(LETTER_TEXT_MAX), body = buf_init(2 * LETTER_TEXT_MAX);
	put_text(&text, w->text, extra ? extra : "");
	buf_puts(&body, "{\"to\":");
	buf_json_string(&body, to, strlen(to));
	buf_puts(&body, ",\"subject\":");
	buf_json_string(&body, w->subject, strlen(w->subject));
	buf_puts(&body, ",\"text\":");
	buf_json_string(&body, text.data, text.len);
	buf_putc(&body, '}');
	return storage_errand_put(request_storage(rq),
	                          &(struct errand){.id = uuid_new(),
	                                           .user_id = user->id,
	                                           .kind = ERRAND_MAIL,
	                                           .body = body.data,
	                                           .due_ms = clock_wall_ms()},
	                          why);
}

enum err
letter_send_link(struct request *rq, enum letter kind, const struct user *user, const char *to,
                 enum key_kind key_kind, int64_t life_ms, struct why *why)
{
	static const char *const pages[] = {
	    [KEY_VERIFY] = "confirm", [KEY_RESET] = "reset", [KEY_INVITE] = "join"};
	char token[TOKEN_TEXT_LEN], link[600];
	if (!mail_is_on(request_settings(rq)))
		return ERR_NONE;
	TRY(key_make(
	    rq, TOKEN_LINK,
	    &(struct key){
	        .user_id = user->id, .kind = key_kind, .data = to, .ends_ms = clock_wall_ms() + life_ms},
	    token, NULL, why));
	snprintf(link, sizeof link, "%.400s/app/%s#%s", request_settings(rq)->api_public_url, pages[key_kind],
	         token);
	return letter_send(rq, kind, user, to, link, why);
}
