// libpq as a Swift module. Macros that Swift cannot import are restated as constants.
#pragma once

#include <libpq-fe.h>

static const int cpostgres_diag_sqlstate = PG_DIAG_SQLSTATE;
static const int cpostgres_diag_message_primary = PG_DIAG_MESSAGE_PRIMARY;
static const int cpostgres_diag_message_detail = PG_DIAG_MESSAGE_DETAIL;
static const int cpostgres_diag_constraint_name = PG_DIAG_CONSTRAINT_NAME;
// The severity in English, whatever the server's language.
static const int cpostgres_diag_severity = PG_DIAG_SEVERITY_NONLOCALIZED;
