#pragma once

#include <glib.h>

/**
 * Rows of a CSV file, as RFC 4180 has them: CRLF at their ends, quotes where needed.
 *
 * Spreadsheets take a cell that begins with =, +, -, @, a tabulator or a carriage return for
 * a formula, and may run what a picture's name or a model says. Such a cell is written with an
 * apostrophe in front, which spreadsheets know as "this is text", and read back without it.
 */

#define QL_CSV_HEADER "file,caption,seconds,error\r\n"

typedef enum
{
  QL_CSV_FILE,
  QL_CSV_CAPTION,
  QL_CSV_SECONDS,
  QL_CSV_ERROR,
  QL_CSV_N_FIELDS,
} QlCsvField;

/**
 * ql_csv_row:
 * @caption: (nullable)
 * @seconds: below 0 leaves the field empty
 * @error: (nullable)
 *
 * Returns: (transfer full): with its line end
 */
char *ql_csv_row (const char *file, const char *caption, double seconds, const char *error);

/**
 * ql_csv_parse_row:
 * @at: (inout): moved behind the row and its line end
 * @ended: (out): %FALSE where the file ends within the row, or before its line end
 *
 * Returns: (transfer full): the fields, %NULL-terminated; %NULL where it is no row
 */
char **ql_csv_parse_row (const char **at, const char *end, gboolean *ended);
