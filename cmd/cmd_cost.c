/* docket cost: what reading has cost, by day, kind of paper or user; in vain or not. */
#include "commands.h"
#include "own.h"
#include "reports.h"

#include <stdlib.h>

struct ask {
	struct period period;
	const char *by, *format;
};

static error_t
on_option(int key, char *arg, struct argp_state *state)
{
	struct ask *a = state->input;
	switch (key) {
	case 'b':
		a->by = choice_option("day|type|user", arg, state);
		return 0;
	case 'o':
		a->format = choice_option("text|json|csv", arg, state);
		return 0;
	default:
		return period_option(&a->period, key, arg, state);
	}
}

static void
print_text(const json_t *report)
{
	const char *currency = json_get_str(report, "currency");
	size_t i;
	json_t *r;
	printf("%-38s %8s %8s %7s %11s %12s %10s %12s %s\n", json_get_str(report, "by"), "jobs", "attempts",
	       "wasted", "cpu s", "GiB s", "MiB", "price", currency);
	json_array_foreach(json_object_get(report, "rows"), i, r)
	{
		double mib =
		    (double)(json_get_int(r, "bytes_in", 0) + json_get_int(r, "bytes_out", 0)) / (double)MIB;
		const char *key = json_get_str(r, "key");
		printf("%-38s %8lld %8lld %7lld %11.1f %12.1f %10.1f ", key[0] ? key : "(not read)",
		       (long long)json_get_int(r, "jobs", 0), (long long)json_get_int(r, "attempts", 0),
		       (long long)json_get_int(r, "wasted", 0), (double)json_get_int(r, "cpu_ms", 0) / 1000,
		       (double)json_get_int(r, "memory_kib_s", 0) / (double)MIB, mib);
		if (currency[0])
			printf("%12.6f\n", json_get_num(r, "price", 0));
		else
			printf("%12s\n", "-");
	}
	if (!currency[0])
		printf("\nNo prices are set: cost-currency, cost-cpu-hour, cost-memory-gib-hour, "
		       "cost-traffic-gib.\n");
}

/* Columns as FOCUS 1.0 names them (https://focus.finops.org), those that a service can know of itself. */
static void
print_csv(const json_t *report, const struct period *p)
{
	char from[DAY_TEXT_LEN], to[DAY_TEXT_LEN];
	size_t i;
	json_t *r;
	const char *by = json_get_str(report, "by"), *currency = json_get_str(report, "currency");
	day_text(p->from_ms, from);
	day_text(p->to_ms, to);
	printf(
	    "ChargePeriodStart,ChargePeriodEnd,ServiceName,ServiceCategory,ChargeCategory,ChargeDescription,"
	    "ConsumedQuantity,ConsumedUnit,EffectiveCost,BillingCurrency,x_Wasted,Tags\n");
	json_array_foreach(json_object_get(report, "rows"), i, r)
	{
		printf("%sT00:00:00Z,%sT00:00:00Z,Docket,AI and Machine Learning,Usage,Reading of documents,"
		       "%.6f,Core-Hours,%.8f,%s,%.8f,\"{\"\"%s\"\": \"\"%s\"\"}\"\n",
		       from, to, (double)json_get_int(r, "cpu_ms", 0) / 3600e3, json_get_num(r, "price", 0),
		       currency, json_get_num(r, "wasted_price", 0), by, json_get_str(r, "key"));
	}
}

static int
run(int argc, char **argv)
{
	static const struct argp_option options[] = {
	    PERIOD_OPTIONS,
	    {"by", 'b', "day|type|user", 0, "What to sum by; type if not told.", 0},
	    {"format", 'o', "text|json|csv", 0, "csv has the columns of FOCUS.", 0},
	    {0}};
	int status = 0;
	struct ask ask = {period_usual(), "type", "text"};
	OWNED(invocation_release) struct invocation inv;
	if (!invocation_read(
	        &inv,
	        &(struct command_syntax){
	            .doc = "What reading has cost.", .options = options, .parser = on_option, .own = &ask},
	        argc, argv, &status))
		return status;
	struct why why = {""};
	OWNED(json_release) json_t *report = NULL;
	enum err e = report_get(&inv.settings, "costs", ask.period, ask.by, &report, &why);
	if (e != ERR_NONE)
		return command_failed(e, &why);
	if (strcmp(ask.format, "json") == 0) {
		json_dumpf(report, stdout, JSON_INDENT(2));
		printf("\n");
	} else if (strcmp(ask.format, "csv") == 0) {
		print_csv(report, &ask.period);
	} else {
		print_text(report);
	}
	return EXIT_SUCCESS;
}

const struct command command_cost = {"cost", "what reading has cost", run};
