-- Haystack Documents may lie beside the articles: what one had besides its text and embedding,
-- as JSON; NULL for an article. They are versions too, with an article each of their own id.
ALTER TABLE version ADD COLUMN document TEXT;
CREATE INDEX version_of_document ON version (article_id) WHERE document IS NOT NULL;
