import type { Dataset } from './datasets.ts';

/** A dataset with when its newest row was published. */
export interface DatedDataset extends Dataset {
  readonly updatedAt: string | null;
}

/**
 * The datasets as a catalogue that harvesters read: DCAT 3 in JSON-LD, with the properties that DCAT-AP 3.0 makes
 * mandatory or recommends.
 */
export function describeCatalogue(
  datasets: readonly DatedDataset[],
  about: { publicUrl: string; governmentName: string; contactEmail: string | undefined },
): Record<string, unknown> {
  const { publicUrl, governmentName, contactEmail } = about;
  const publisher = (name: string) => ({ '@type': 'foaf:Agent', 'foaf:name': name });
  const newest = datasets
    .map(({ updatedAt }) => updatedAt ?? '')
    .toSorted()
    .at(-1);
  return {
    '@context': {
      dcat: 'http://www.w3.org/ns/dcat#',
      dct: 'http://purl.org/dc/terms/',
      foaf: 'http://xmlns.com/foaf/0.1/',
      vcard: 'http://www.w3.org/2006/vcard/ns#',
      xsd: 'http://www.w3.org/2001/XMLSchema#',
    },
    '@id': `${publicUrl}/data/catalog.jsonld`,
    '@type': 'dcat:Catalog',
    'dct:title': { '@language': 'en', '@value': `Open data of ${governmentName}` },
    'dct:description': { '@language': 'en', '@value': 'How public services perform, and what moving them saves.' },
    'dct:publisher': publisher(governmentName),
    'dct:language': { '@id': 'http://publications.europa.eu/resource/authority/language/ENG' },
    'foaf:homepage': { '@id': `${publicUrl}/data` },
    ...(newest ? { 'dct:modified': time(newest) } : {}),
    'dcat:dataset': datasets.map((dataset) => ({
      '@id': `${publicUrl}/data/${dataset.name}`,
      '@type': 'dcat:Dataset',
      'dct:identifier': dataset.name,
      'dct:title': { '@language': 'en', '@value': dataset.title },
      'dct:description': { '@language': 'en', '@value': dataset.description },
      'dct:publisher': publisher(dataset.publisher),
      'dct:accrualPeriodicity': { '@id': 'http://publications.europa.eu/resource/authority/frequency/QUARTERLY' },
      'dcat:theme': { '@id': 'http://publications.europa.eu/resource/authority/data-theme/GOVE' },
      'dcat:landingPage': { '@id': `${publicUrl}/data` },
      ...(contactEmail === undefined
        ? {}
        : {
            'dcat:contactPoint': {
              '@type': 'vcard:Organization',
              'vcard:fn': governmentName,
              'vcard:hasEmail': { '@id': `mailto:${contactEmail}` },
            },
          }),
      ...(dataset.updatedAt === null ? {} : { 'dct:modified': time(dataset.updatedAt) }),
      'dcat:distribution': (['csv', 'json'] as const).map((format) => ({
        '@id': `${publicUrl}/data/${dataset.name}.${format}`,
        '@type': 'dcat:Distribution',
        'dct:title': { '@language': 'en', '@value': `${dataset.title} (${format.toUpperCase()})` },
        'dcat:accessURL': { '@id': `${publicUrl}/data/${dataset.name}.${format}` },
        'dcat:downloadURL': { '@id': `${publicUrl}/data/${dataset.name}.${format}` },
        'dcat:mediaType': {
          '@id': `https://www.iana.org/assignments/media-types/${format === 'csv' ? 'text/csv' : 'application/json'}`,
        },
        'dct:format': { '@id': `http://publications.europa.eu/resource/authority/file-type/${format.toUpperCase()}` },
        'dct:conformsTo': { '@id': `${publicUrl}/data/dictionary` },
        'dct:license': licenceOf(dataset.licence),
      })),
    })),
  };
}

/** A licence by its address where it has one, otherwise by the words in which it was given. */
function licenceOf(licence: string): Record<string, unknown> {
  return /^https?:\/\//.test(licence) ? { '@id': licence } : { '@type': 'dct:LicenseDocument', 'dct:title': licence };
}

function time(moment: string): Record<string, string> {
  return { '@type': 'xsd:dateTime', '@value': moment };
}
