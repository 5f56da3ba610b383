/** The services that resolvers call for writes of several steps; composed in `app.ts`. */

/** One member for each service. Each noun adds its own, as in `PermissionRegister`. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by the declarations of nouns.
export interface ServiceRegister {}

/** What `context.services` holds. */
export type Services = Readonly<ServiceRegister>;
