/** What happened to work, told after the commit to whoever listens in the same organization. */

/** What happened to a task. */
export interface TaskChanged {
  readonly kind: 'CREATED' | 'UPDATED' | 'DELETED';
  readonly taskId: string;
  readonly projectId: string;
}

/** A comment that was written. */
export interface CommentAdded {
  readonly commentId: string;
  readonly taskId: string;
}

/** Tells of work. Never throws: a lost event must not fail the write that it tells of. */
export interface WorkEvents {
  taskChanged(organizationId: string, event: TaskChanged): void;
  commentAdded(organizationId: string, event: CommentAdded): void;
}
