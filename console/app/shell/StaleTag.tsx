/** Marks what is past its freshness: the server reads it anew behind its answer, or can't. */
export function StaleTag() {
  return (
    <span className="tag" title="From before: it is being read anew, or Microsoft Graph can't be asked now">
      stale
    </span>
  );
}
