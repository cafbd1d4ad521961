import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
  type CompiledQuery,
  type Insertable,
  type RawBuilder,
  type Selectable,
} from 'kysely';
import type { Tx } from './database.ts';

/** A statement whose text is made once; each use brings the values. */
export type Prepared<Values, Row extends object> = (tx: Tx, values: Values) => Promise<Row[]>;

/**
 * Makes a statement of the busiest ways once, instead of with each use: building and compiling one takes as long as a short
 * query itself.
 *
 * @param schema of the part whose tables it uses; `DB` is that part's own generated type.
 * @param build makes the statement. `value('name')` stands where a value of that name is to go; its text must depend on nothing.
 */
export function prepare<DB, Values extends object, Row extends object = object>(
  schema: string,
  build: (
    tables: Kysely<DB>,
    value: <Name extends keyof Values & string>(name: Name) => RawBuilder<Values[Name]>,
  ) => CompiledQuery<Row>,
): Prepared<Values, Row> {
  let known: { text: string; parameters: readonly unknown[] } | undefined;
  const compile = (): { text: string; parameters: readonly unknown[] } => {
    const compiled = build(unconnected<DB>().withSchema(schema), (name) => sql`${new Place(name)}`);
    return { text: compiled.sql, parameters: compiled.parameters };
  };
  return (tx, values) => {
    known ??= compile();
    const { text, parameters } = known;
    return tx.rows<Row>(
      text,
      parameters.map((each) => (each instanceof Place ? each.of(values) : each)),
    );
  };
}

/**
 * The same for adding a row to a table, whose columns are those that the row names.
 *
 * @param ending what follows the values, in SQL: what to do where the row is there already, and which columns to give back.
 */
export function prepareInsert<
  DB,
  Table extends keyof DB & string,
  Returned extends keyof Selectable<DB[Table]> = never,
>(schema: string, table: Table, ending = ''): Prepared<Insertable<DB[Table]>, Pick<Selectable<DB[Table]>, Returned>> {
  const texts = new Map<string, string>();
  return (tx, row) => {
    const columns = Object.keys(row).join('", "');
    const values = Object.values(row);
    let text = texts.get(columns);
    if (text === undefined) {
      const places = values.map((_value, index) => `$${index + 1}`).join(', ');
      text = `insert into "${schema}"."${table}" ("${columns}") values (${places}) ${ending}`;
      texts.set(columns, text);
    }
    return tx.rows(text, values);
  };
}

/** Where a value goes in a statement. */
class Place {
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  of(values: object): unknown {
    return Reflect.get(values, this.#name);
  }
}

/** Only to build statements with. */
function unconnected<DB>(): Kysely<DB> {
  return new Kysely<DB>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
}
