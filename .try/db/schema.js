/** What every table holds. Instants are whole milliseconds since 1970 (UTC); keys are what uniqueness is judged by. */
export {};
