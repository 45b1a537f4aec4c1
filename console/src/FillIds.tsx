import { useGraphiQL } from "@graphiql/react";
import type { Fetcher } from "@graphiql/toolkit";
import { useEffect } from "react";
import { fill, findIds, wantsIds } from "./ids";

/**
 * Puts real ids into the variables of an example when its tab comes to the front, so that it runs on any tenant.
 * It waits until then because the query for ids may need a token, which is typed into the header editor.
 * Without an answer the placeholder stays, and the comment in the tab says what to do.
 */
export function FillIds({ fetcher }: { fetcher: Fetcher }): null {
  const { activeTabIndex, variableEditor, headerEditor } = useGraphiQL((state) => ({
    activeTabIndex: state.activeTabIndex,
    variableEditor: state.variableEditor,
    headerEditor: state.headerEditor,
  }));

  useEffect(() => {
    if (!variableEditor || !wantsIds(variableEditor.getValue())) return;
    let left = false;
    findIds(fetcher, parseHeaders(headerEditor?.getValue()))
      .then((ids) => {
        if (left) return;
        // What the editor holds by now, not what it held before the answer: the user may have typed.
        const text = variableEditor.getValue();
        const filled = fill(text, ids);
        if (filled !== text) variableEditor.setValue(filled);
      })
      .catch(() => {});
    return () => {
      left = true;
    };
  }, [fetcher, activeTabIndex, variableEditor, headerEditor]);

  return null;
}

function parseHeaders(text = ""): Record<string, string> {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
