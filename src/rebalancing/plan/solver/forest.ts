import { binds, type Edge, type Model } from './model.ts';

/** The parts of a model as trees of parts that wait for each other. */
export interface Forest {
  /** Parts, each after its parent. */
  readonly order: Int32Array;
  readonly parent: Int32Array;
  readonly root: Int32Array;
  readonly roots: readonly number[];
  /** 1 where the part waits for its parent, 0 where its parent waits for it. */
  readonly isAfter: Uint8Array;
  readonly lag: Int32Array;
  /** For the later part's columns, in their order, whether the dependency binds them; undefined where it binds all. */
  readonly bound: readonly (Uint8Array | undefined)[];
  readonly loose: readonly Edge[];
}

/** Trees in which every part stands once; dependencies that would close a circle are left over. */
export function growForest(model: Model): Forest {
  const partCount = model.columnsOf.length;
  const order = new Int32Array(partCount);
  const parent = new Int32Array(partCount).fill(-1);
  const root = new Int32Array(partCount);
  const roots: number[] = [];
  const isAfter = new Uint8Array(partCount);
  const lag = new Int32Array(partCount);
  const bound: (Uint8Array | undefined)[] = Array.from({ length: partCount });
  const seen = new Uint8Array(partCount);
  const inTree = new Set<Edge>();
  let filled = 0;
  const visit = (part: number, from: number, edge: Edge | undefined): void => {
    seen[part] = 1;
    parent[part] = from;
    root[part] = from < 0 ? part : (root[from] ?? from);
    order[filled] = part;
    filled += 1;
    if (edge === undefined) return;
    inTree.add(edge);
    isAfter[part] = edge.after === part ? 1 : 0;
    lag[part] = edge.lag;
    if (edge.ways !== null) {
      bound[part] = Uint8Array.from(model.columnsOf[edge.after] ?? [], (column) => (binds(edge, column) ? 1 : 0));
    }
  };
  for (let start = 0; start < partCount; start += 1) {
    if (seen[start] === 1) continue;
    roots.push(start);
    let next = filled;
    visit(start, -1, undefined);
    for (; next < filled; next += 1) {
      const part = order[next] ?? 0;
      for (const edge of model.edgesBefore[part] ?? []) if (seen[edge.after] !== 1) visit(edge.after, part, edge);
      for (const edge of model.edgesAfter[part] ?? []) if (seen[edge.before] !== 1) visit(edge.before, part, edge);
    }
  }
  return { order, parent, root, roots, isAfter, lag, bound, loose: model.edges.filter((edge) => !inTree.has(edge)) };
}
