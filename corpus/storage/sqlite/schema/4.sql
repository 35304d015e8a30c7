-- A quotation is only as true as the text it is copied from: a bit that flipped on the disk is
-- found before it is quoted. text_hash is corpus.storage.text_hash's.
ALTER TABLE body ADD COLUMN hash TEXT;
UPDATE body SET hash = text_hash(text);
