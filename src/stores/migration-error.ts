/** What the migrations of a database refuse. */

/**
 * Thrown when the history in the database does not fit the one in the folder; the message names the migration and says
 * what to do.
 */
export class MigrationError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MigrationError';
  }
}
