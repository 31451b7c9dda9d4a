import { extname } from 'node:path';
import { documentErrors, type DocumentLoader } from '@agent-factory/sdk/contracts';

/** Finds who reads a document. */
export interface LoaderChoice {
  /** Endings that are read, without the dot. */
  readonly extensions: ReadonlySet<string>;
  /** By its media type where that says something, else by its ending. AF_DOCUMENT_TYPE_UNKNOWN when nobody does. */
  choose(source: string, mediaType: string | undefined): DocumentLoader;
  /** Most bytes that any of them reads. */
  readonly maxBytes: number;
}

/** Creates the choice among loaders; the first that reads an ending or a media type has it. */
export function createLoaderChoice(loaders: readonly DocumentLoader[]): LoaderChoice {
  const byExtension = new Map<string, DocumentLoader>();
  const byType = new Map<string, DocumentLoader>();
  for (const loader of loaders) {
    for (const extension of loader.extensions)
      if (!byExtension.has(extension)) byExtension.set(extension, loader);
    for (const type of loader.mediaTypes) if (!byType.has(type)) byType.set(type, loader);
  }
  return {
    extensions: new Set(byExtension.keys()),
    maxBytes: Math.max(0, ...loaders.map(({ maxBytes }) => maxBytes)),
    choose(source, mediaType) {
      const type = mediaType?.split(';', 1)[0]?.trim().toLowerCase();
      const loader =
        (type === undefined ? undefined : byType.get(type)) ??
        byExtension.get(
          extname(source.split(/[?#]/, 1)[0] ?? '')
            .slice(1)
            .toLowerCase(),
        );
      if (loader) return loader;
      const known =
        byExtension.size === 0
          ? 'none; add @agent-factory/plugin-documents-builtin'
          : [...byExtension.keys()].join(', ');
      throw documentErrors.AF_DOCUMENT_TYPE_UNKNOWN({ source, mediaType: type ?? 'type not known', known });
    },
  };
}
