import type { MadeUpSystem } from './estate.ts';

/** A need of the made-up estate: what it is in words, and what systems that meet it are called. */
export interface MadeUpNeed {
  readonly key: string;
  readonly name: string;
  readonly area: MadeUpSystem['area'];
  /** Names of systems; a department's subject comes before it where the name begins in lower case. */
  readonly systems: readonly string[];
}

/** What the systems of the made-up government are for. Needs of the parts below an application stand in `partNeeds`. */
export const systemNeeds: readonly MadeUpNeed[] = [
  {
    key: 'taking-applications',
    name: 'Taking applications',
    area: 'digital public services',
    systems: ['application service', 'permit applications', 'online claims'],
  },
  {
    key: 'taking-payments',
    name: 'Taking payments',
    area: 'digital public services',
    systems: ['fees and charges', 'online payments'],
  },
  {
    key: 'telling-people',
    name: 'Telling people what happens',
    area: 'digital public services',
    systems: ['letters and texts', 'reminders'],
  },
  {
    key: 'signing-people-in',
    name: 'Signing people in',
    area: 'digital public services',
    systems: ['customer accounts', 'sign-in'],
  },
  {
    key: 'booking-appointments',
    name: 'Booking appointments',
    area: 'digital public services',
    systems: ['appointments', 'visits booking'],
  },
  {
    key: 'publishing-information',
    name: 'Publishing information',
    area: 'digital public services',
    systems: ['website', 'public enquiries pages'],
  },
  {
    key: 'deciding-cases',
    name: 'Deciding cases',
    area: 'mission IT',
    systems: ['case management', 'inspections', 'appeals', 'investigations'],
  },
  {
    key: 'keeping-registers',
    name: 'Keeping registers',
    area: 'mission IT',
    systems: ['register', 'licence register', 'asset register'],
  },
  {
    key: 'special-to-the-department',
    name: 'Special to the department',
    area: 'mission IT',
    systems: ['modelling', 'monitoring', 'control room', 'assessment engine', 'forecasting', 'survey tools'],
  },
  {
    key: 'email-and-documents',
    name: 'E-mail and documents',
    area: 'infrastructure',
    systems: ['E-mail and calendars', 'Document store', 'Shared workspaces'],
  },
  {
    key: 'networks',
    name: 'Networks',
    area: 'infrastructure',
    systems: ['Wide area network', 'Office networks', 'Remote access'],
  },
  {
    key: 'devices',
    name: 'Desktops and devices',
    area: 'infrastructure',
    systems: ['Laptops and desktops', 'Mobile phones', 'Printers'],
  },
  { key: 'service-desk', name: 'Service desk', area: 'infrastructure', systems: ['Service desk', 'End-user support'] },
  {
    key: 'server-hosting',
    name: 'Hosting of servers',
    area: 'infrastructure',
    systems: ['Data centre', 'Server hosting', 'Backup and storage'],
  },
  { key: 'staff-directory', name: 'Staff directory', area: 'infrastructure', systems: ['Staff directory'] },
  {
    key: 'finance',
    name: 'Finance',
    area: 'back office',
    systems: ['Finance ledger', 'Invoices and expenses', 'Grants ledger'],
  },
  {
    key: 'human-resources',
    name: 'Human resources',
    area: 'back office',
    systems: ['Human resources records', 'Recruitment', 'Learning'],
  },
  { key: 'payroll', name: 'Payroll', area: 'back office', systems: ['Payroll', 'Pensions administration'] },
  { key: 'procurement', name: 'Procurement', area: 'back office', systems: ['Purchasing', 'Contract register'] },
];

/** The needs of the parts of a system beside its application. */
export const partNeeds = {
  hosting: 'application-hosting',
  support: 'application-support',
} as const;

/** What a department deals with: what its own systems are called after. */
export const subjects: Readonly<Record<string, readonly string[]>> = {
  'department-for-rivers-and-fisheries': ['Fishing', 'River', 'Flood', 'Weir', 'Hatchery', 'Harbour', 'Water quality'],
  'department-of-roads': ['Road', 'Bridge', 'Street works', 'Lighting', 'Winter service', 'Signals', 'Parking'],
  'department-of-records': ['Archive', 'Births', 'Land', 'Reading room', 'Census', 'Map', 'Gazette'],
  'department-of-health': ['Clinic', 'Ambulance', 'Vaccine', 'Screening', 'Hospital', 'Blood', 'Medicines'],
  'department-of-revenue': ['Income tax', 'Customs', 'Excise', 'Property tax', 'Debt', 'Stamp duty', 'Refund'],
  'department-for-work-and-skills': ['Job', 'Training', 'Apprentice', 'Benefit', 'Pension', 'Employer', 'Career'],
};

export const suppliers: readonly string[] = [
  'Brackwater Systems',
  'Holm and Pike',
  'Northgate Fell',
  'Tarn Digital',
  'Quarry Hosting',
  'Ostler Networks',
  'Kestrel Moor Software',
  'Lowland Data',
  'Pennant Services',
  'Stillwater Integration',
  'Ferrous Computing',
  'Marlstone',
  'Candlewick Technology',
  'Eddystone Support',
  'Greywether',
  'Halyard Cloud',
  'Ivybridge Licensing',
  'Juniper Row',
  'Larkspur Devices',
  'Mossgate',
  'Netherby Telecom',
  'Orchard Payroll',
  'Palisade Security',
  'Ravenglass',
  'Saltmarsh Software',
  'Thornfield IT',
  'Upland Print',
  'Vellum Records',
  'Wharfside',
  'Yarrow Analytics',
];
