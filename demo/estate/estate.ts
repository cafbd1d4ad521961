/** A government's technology as made up by the generator: what an estate's tables and a plan's estimates are filled from. */
export interface MadeUpEstate {
  readonly seed: number;
  /** The day on which it is as it is. */
  readonly asAt: string;
  readonly departments: readonly { readonly slug: string; readonly name: string }[];
  readonly suppliers: readonly string[];
  readonly systems: readonly MadeUpSystem[];
  readonly contracts: readonly MadeUpContract[];
  readonly dependencies: readonly MadeUpDependency[];
}

export interface MadeUpSystem {
  readonly reference: string;
  readonly name: string;
  readonly description: string;
  /** The slug of its department. */
  readonly department: string;
  readonly area: 'digital public services' | 'mission IT' | 'infrastructure' | 'back office';
  readonly users: number;
  readonly yearlyTransactions: number | null;
  readonly hosting:
    | 'own data centre'
    | 'supplier data centre'
    | 'private cloud'
    | 'public cloud'
    | 'software as a service'
    | 'on devices';
  readonly sensitivity: 'public' | 'internal' | 'personal' | 'sensitive';
  readonly lifecycle: 'live' | 'being replaced';
  /** 1 (poor) to 4 (good). */
  readonly businessFit: number;
  readonly technicalFit: number;
  /** The last day on which its maker still mends it, where that is known. */
  readonly supportEndsOn: string | null;
  readonly parts: readonly MadeUpPart[];
}

export interface MadeUpPart {
  readonly kind: 'application' | 'hosting' | 'connectivity' | 'devices' | 'support';
  /** The key of the need in `needs.ts`. */
  readonly need: string;
  /** Minor units a year: its people and charges, and what is paid under its contract. */
  readonly ownCost: number;
  readonly contractCost: number;
}

export interface MadeUpContract {
  readonly reference: string;
  readonly title: string;
  readonly department: string;
  readonly supplier: string;
  readonly kind: 'service provision' | 'integration' | 'hosting' | 'licence' | 'network' | 'devices' | 'support';
  readonly startsOn: string;
  /** The last day of the first term. */
  readonly endsOn: string;
  readonly noticeMonths: number;
  readonly renewalMonths: number;
  readonly extensions: readonly { readonly months: number; readonly uplift: number }[];
  /** Minor units a year in the first term. */
  readonly yearlyCost: number;
  /** What ending early costs, as a share of what would be paid until the end; null where it cannot be ended. */
  readonly terminationShare: number | null;
  /** Which parts are bought under it, and the share of its cost that each takes. */
  readonly shares: readonly { readonly system: string; readonly part: MadeUpPart['kind']; readonly share: number }[];
}

export interface MadeUpDependency {
  readonly system: string;
  readonly dependsOn: string;
  readonly reason: string;
}
