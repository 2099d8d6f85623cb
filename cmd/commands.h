/* commands.h: all commands, one file each. */
#ifndef DOCKET_COMMANDS_H
#define DOCKET_COMMANDS_H

#include "command.h"

extern const struct command command_api, command_audit, command_backup, command_config, command_cost,
    command_slo, command_doctor, command_inference, command_migrate, command_logs, command_model,
    command_read, command_restore, command_storage, command_up, command_user, command_version, command_worker;

#endif
