/** A key that signs, as it is kept. */
export interface SigningKeyRow {
  readonly kid: string;
  readonly public_key: string;
  readonly private_key: string;
  readonly signs_from: number;
  readonly signs_until: number;
}

/** All tokens that came of one, as they are kept. */
export interface FamilyRow {
  readonly id: string;
  readonly tenant: string;
  readonly account: string;
  readonly membership: string;
  readonly name: string;
  readonly scopes: string | null;
  readonly made_with: string;
  readonly made_with_id: string;
  readonly made_with_until: number | null;
  readonly created_at: number;
  readonly refreshed_at: number;
  readonly root_hash: string;
  readonly refresh_hash: string;
  readonly previous_hash: string | null;
  readonly salt: string | null;
}

/** The tables, as migrations make them. */
export interface TokenTables {
  af_auth_jwt_signing_keys: SigningKeyRow;
  af_auth_jwt_families: FamilyRow;
}
