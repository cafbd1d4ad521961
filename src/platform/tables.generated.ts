import type { ColumnType } from "kysely";
export type Json = JsonValue;
export type JsonValue = JsonObject | JsonValue[] | boolean | null | number | string;
export type JsonObject = { [x: string]: JsonValue | undefined };
export interface DB { audit_entries: any; events: any; marks: any; migrations: any }
