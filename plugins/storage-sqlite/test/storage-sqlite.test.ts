import { storageSuite, textSearchSuite } from '@agent-factory/sdk/testing';
import { createSqliteTextSearch } from '../src/sqlite-text-search.ts';
import { openTestStorage } from './open-test-storage.ts';

describe('storage-sqlite', () => {
  describe('as a storage', () => {
    for (const { name, run } of storageSuite(openTestStorage)) it(name, run);
  });

  describe('as a text search', () => {
    const suite = textSearchSuite(async () => {
      const { storage, close } = await openTestStorage();
      return { textSearch: createSqliteTextSearch(storage), close };
    });
    for (const { name, run } of suite) it(name, run);
  });
});
