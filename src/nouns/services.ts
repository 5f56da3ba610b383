/** The services that resolvers call for writes of several steps; composed in `app.ts`. */

import type { RowService } from './row-service.ts';

/** One member for each service. Each noun adds its own, as in `PermissionRegister`. */
export interface ServiceRegister {
  /** Writes of declared nouns. */
  readonly rows: RowService;
}

/** What `context.services` holds. */
export type Services = Readonly<ServiceRegister>;
