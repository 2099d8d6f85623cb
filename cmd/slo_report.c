#include "slo_report.h"

#include "own.h"

#define BAR_W  8
#define PLOT_H 80.0

struct sum {
	double good, bad, burn; /* burn < 0: nothing happened */
};

static double
burn_of(const struct slo *s, double good, double bad)
{
	double allowed = (good + bad) * (1 - s->target);
	return good + bad > 0 ? bad / allowed : -1;
}

static struct sum
sum_of(const struct slo *s, size_t days)
{
	struct sum t = {0};
	for (size_t i = 0; i < days; i++) {
		t.good += s->days[i].good;
		t.bad += s->days[i].bad;
	}
	t.burn = burn_of(s, t.good, t.bad);
	return t;
}

static const char *
verdict(const struct slo *s, const struct sum *t)
{
	if (!s->known)
		return "not known from this source";
	if (t->burn < 0)
		return "nothing happened";
	return t->burn > 1 ? "missed" : t->burn > 0.75 ? "nearly used up" : "kept";
}

void
slo_report_text(struct buf *out, const struct slo_report *r)
{
	char from[DAY_TEXT_LEN], to[DAY_TEXT_LEN];
	day_text(r->period.from_ms, from);
	day_text(r->period.to_ms - 1, to);
	buf_printf(out, "Objectives from %s to %s, by %s\n\n", from, to, r->source);
	buf_printf(out, "%-14s %9s %10s %10s %11s %12s  %s\n", "objective", "target", "good", "bad",
	           "reached", "budget used", "verdict");
	for (size_t i = 0; i < ARRAY_LEN(r->slos); i++) {
		const struct slo *s = &r->slos[i];
		struct sum t = sum_of(s, r->n_days);
		buf_printf(out, "%-14s %8.3f%% ", s->name, 100 * s->target);
		if (s->known && t.burn >= 0)
			buf_printf(out, "%10.0f %10.0f %10.4f%% %11.1f%%  %s\n", t.good, t.bad,
			           100 * t.good / (t.good + t.bad), 100 * t.burn, verdict(s, &t));
		else
			buf_printf(out, "%10s %10s %11s %12s  %s\n", "-", "-", "-", "-", verdict(s, &t));
	}
}

void
slo_report_json(struct buf *out, const struct slo_report *r)
{
	char day[DAY_TEXT_LEN];
	buf_puts(out, "{\"schema\":\"docket.slo/1\",\"source\":");
	buf_json_string(out, r->source, strlen(r->source));
	buf_puts(out, ",\"objectives\":[");
	for (size_t i = 0; i < ARRAY_LEN(r->slos); i++) {
		const struct slo *s = &r->slos[i];
		struct sum t = sum_of(s, r->n_days);
		buf_printf(out, "%s{\"name\":\"%s\",\"target\":%.6g,\"verdict\":\"%s\"", i ? "," : "",
		           s->name, s->target, verdict(s, &t));
		if (s->known && t.burn >= 0)
			buf_printf(out, ",\"good\":%.0f,\"bad\":%.0f,\"budget_used\":%.6g", t.good, t.bad,
			           t.burn);
		buf_puts(out, ",\"days\":[");
		for (size_t d = 0; s->known && d < r->n_days; d++) {
			day_text(r->period.from_ms + (int64_t)d * DAY_MS, day);
			buf_printf(out, "%s{\"day\":\"%s\",\"good\":%.0f,\"bad\":%.0f}", d ? "," : "", day,
			           s->days[d].good, s->days[d].bad);
		}
		buf_puts(out, "]}");
	}
	buf_puts(out, "]}\n");
}

/* ---- the page ---- */

static const char head[] =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" "
    "content=\"width=device-width\">"
    "<title>Docket: error budgets</title><style>"
    ":root{color-scheme:light dark;--ink:#1c2430;--soft:#5b6675;--paper:#fff;--line:#d5dae1;--good:#2c7a58;"
    "--bad:#b3261e}@media(prefers-color-scheme:dark){:root{--ink:#e7ebf0;--soft:#a4afbd;--paper:#14181d;"
    "--line:#38414c;--good:#67c29a;--bad:#f2877e}}"
    "body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:60rem;"
    "margin:2rem auto;padding:0 1rem}h1{font-size:1.5rem}h2{font-size:1.1rem;margin:2rem 0 0}"
    "p{margin:.3rem 0;color:var(--soft)}b{color:var(--ink)}.missed{color:var(--bad)}"
    ".plot{overflow-x:auto}svg text{font-size:11px;fill:var(--soft)}"
    ".g{fill:var(--good)}.b{fill:var(--bad)}.l{stroke:var(--line)}.c{fill:none;stroke:var(--ink);stroke-"
    "width:1.5}"
    "</style>";

/* Days as bars, what was bad on top and drawn at least a pixel high; the line is the budget that is left,
 * from all of it at the top to none at the foot. */
static void
put_plot(struct buf *out, const struct slo *s, const struct slo_report *r)
{
	char day[DAY_TEXT_LEN];
	double most = 1, bad = 0;
	struct sum t = sum_of(s, r->n_days);
	double allowed = (t.good + t.bad) * (1 - s->target);
	for (size_t d = 0; d < r->n_days; d++) {
		double all = s->days[d].good + s->days[d].bad;
		most = all > most ? all : most;
	}
	buf_printf(
	    out,
	    "<div class=\"plot\"><svg role=\"img\" aria-label=\"%s by day\" width=\"%zu\" height=\"110\" "
	    "viewBox=\"0 -4 %zu 110\">",
	    s->name, r->n_days * BAR_W + 60, r->n_days * BAR_W + 60);
	for (size_t d = 0; d < r->n_days; d++) {
		const struct slo_day *v = &s->days[d];
		double good_h = PLOT_H * v->good / most, bad_h = PLOT_H * v->bad / most;
		if (v->bad > 0 && bad_h < 1)
			bad_h = 1;
		day_text(r->period.from_ms + (int64_t)d * DAY_MS, day);
		buf_printf(out,
		           "<g><title>%s: %.0f good, %.0f bad</title><rect class=\"g\" x=\"%zu\" y=\"%.1f\" "
		           "width=\"6\" "
		           "height=\"%.1f\"/><rect class=\"b\" x=\"%zu\" y=\"%.1f\" width=\"6\" "
		           "height=\"%.1f\"/></g>",
		           day, v->good, v->bad, d * BAR_W, PLOT_H - good_h, good_h, d * BAR_W,
		           PLOT_H - good_h - bad_h > 0 ? PLOT_H - good_h - bad_h : 0, bad_h);
	}
	buf_puts(out, "<path class=\"c\" d=\"M0 0");
	for (size_t d = 0; d < r->n_days; d++) {
		bad += s->days[d].bad;
		double used = allowed > 0 ? bad / allowed : 0;
		buf_printf(out, "L%zu %.1f", d * BAR_W + 6, PLOT_H * (used < 1 ? used : 1));
	}
	day_text(r->period.from_ms, day);
	buf_printf(out, "\"/><path class=\"l\" d=\"M0 %.0fH%zu\"/><text x=\"0\" y=\"96\">%s</text>", PLOT_H,
	           r->n_days * BAR_W, day);
	day_text(r->period.to_ms - 1, day);
	buf_printf(out, "<text x=\"%zu\" y=\"96\" text-anchor=\"end\">%s</text></svg></div>",
	           r->n_days * BAR_W + 58, day);
}

void
slo_report_html(struct buf *out, const struct slo_report *r)
{
	char from[DAY_TEXT_LEN], to[DAY_TEXT_LEN];
	day_text(r->period.from_ms, from);
	day_text(r->period.to_ms - 1, to);
	buf_puts(out, head);
	buf_printf(
	    out,
	    "<h1>Error budgets, %s to %s</h1><p>By %s. Bars are days, red is bad; the line falls from the "
	    "whole budget to none.</p>",
	    from, to, r->source);
	for (size_t i = 0; i < ARRAY_LEN(r->slos); i++) {
		const struct slo *s = &r->slos[i];
		struct sum t = sum_of(s, r->n_days);
		buf_printf(out, "<h2>%s</h2><p>%s. Target <b>%.3f %%</b>: <b%s>%s</b>", s->name, s->meaning,
		           100 * s->target, t.burn > 1 ? " class=\"missed\"" : "", verdict(s, &t));
		if (s->known && t.burn >= 0)
			buf_printf(out, ", %.0f good and %.0f bad, %.1f %% of the budget used", t.good, t.bad,
			           100 * t.burn);
		buf_puts(out, ".</p>");
		if (s->known && t.burn >= 0)
			put_plot(out, s, r);
	}
	buf_puts(out, "</html>\n");
}
