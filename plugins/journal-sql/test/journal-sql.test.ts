import { journalSuite } from '@agent-factory/sdk/testing';
import { openTestJournal } from './open-test-journal.ts';

describe('journal-sql', () => {
  describe('as a journal', () => {
    for (const { name, run } of journalSuite(openTestJournal)) it(name, run);
  });
});
