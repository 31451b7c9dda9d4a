import assert from 'node:assert/strict';
import { storageErrors, type Quotas, type TenantQuotas } from '@agent-factory/sdk/contracts';
import { rejectsWith } from '@agent-factory/sdk/testing';
import { withinQuotas } from '../src/run/within-quotas.ts';

describe('withinQuotas', () => {
  let looks = 0;
  const own: Pick<TenantQuotas, 'limits' | 'checkStart'> = {
    limits: async () => ({ runsAtOnce: 1 }),
    checkStart: async () => void (looks += 1),
  };
  const quotas: Quotas = { tenant: () => own as TenantQuotas }; // the rest is not asked
  const late = async (): Promise<never> => {
    throw storageErrors.AF_STORAGE_GUARD_FAILED({ index: 0, expected: 1, found: 0 });
  };

  it('says that others were quicker each time, and to try again', async () => {
    await rejectsWith(withinQuotas(quotas, 'acme', late), 'AF_QUOTA_BUSY');
    assert.equal(looks, 4);
  });

  it('begins a run that was late only at first', async () => {
    let tries = 0;
    assert.equal(
      await withinQuotas(quotas, 'acme', async () => ((tries += 1) < 5 ? late() : 'begun')),
      'begun',
    );
  });

  it('leaves what else a beginning failed with as it is', async () => {
    const failing = async (): Promise<never> => {
      throw new Error('no room on the disk');
    };
    await assert.rejects(withinQuotas(quotas, 'acme', failing), /no room/);
  });
});
