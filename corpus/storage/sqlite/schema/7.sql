-- What is forgotten is noted by corpus.storage.store, for every database, and by no trigger here.
DROP TRIGGER forget_pages;
